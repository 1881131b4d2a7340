// Sites that wrote off line replicate to a server: pouch_client.js PORT PID FILE BATCH (in the folder for its data).
// Only the replication is timed. Of a record that was changed several times it sends the last state alone.
const fs = require('fs');
const PouchDB = require('pouchdb-node');
const [port, pid, file, batch] = process.argv.slice(2);

function used() {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const io = /\nwrite_bytes: (\d+)/.exec(fs.readFileSync(`/proc/${pid}/io`, 'utf8'));
  return { cpu: (Number(stat[11]) + Number(stat[12])) / 100, written: Number(io[1]) };
}

// The site's own writes, as it would make them: a change needs the revision that it replaces.
async function fill(db, lines) {
  const known = new Map();
  let count = 0;
  for (const line of lines) {
    let docs = new Map();
    for (const { _id, ...fields } of JSON.parse(line)) {
      docs.set(_id, { ...(docs.get(_id) || known.get(_id) || { _id }), ...fields });
      count++;
    }
    docs = [...docs.values()];
    (await db.bulkDocs(docs)).forEach((done, i) => {
      if (done.error) throw new Error(done.message);
      known.set(done.id, { ...docs[i], _rev: done.rev });
    });
  }
  return count;
}

(async () => {
  const sites = fs.readFileSync(file, 'utf8').split('\n\n').map((part) => part.split('\n').filter(Boolean));
  const locals = [];
  let count = 0;
  for (const [i, lines] of sites.entries()) {
    locals.push(new PouchDB(`${process.cwd()}/site${i}`));
    count += await fill(locals[i], lines);
  }
  await new PouchDB(`http://127.0.0.1:${port}/ops`).info(); // makes it
  const before = used(), begin = process.hrtime.bigint();
  await Promise.all(locals.map((db) => db.replicate.to(`http://127.0.0.1:${port}/ops`, { batch_size: Number(batch) })));
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9, after = used();
  console.log(JSON.stringify({
    acknowledged_per_s: count / seconds,
    cpu_s_per_million: ((after.cpu - before.cpu) * 1e6) / count,
    written_bytes_per_operation: (after.written - before.written) / count,
  }));
  process.exit(0);
})().catch((error) => { console.error(String(error)); process.exit(1); });
