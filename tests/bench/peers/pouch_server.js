// PouchDB over HTTP, on LevelDB: pouch_server.js PORT (in the folder for its data).
const express = require('express');
const PouchDB = require('pouchdb-node').defaults({ prefix: process.cwd() + '/data-' });
const app = express();
app.use('/', require('express-pouchdb')(PouchDB, { mode: 'minimumForPouchDB', inMemoryConfig: true }));
app.listen(Number(process.argv[2]), '127.0.0.1');
