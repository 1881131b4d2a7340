#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/http/server.h"
#include "lib/http/socket.h"

static char folder[64], certificate[96], key[96];
static const struct http_app nothing = {0};

static void make_pair(void)
{
    char command[512];
    snprintf(folder, sizeof(folder), "/tmp/cse-tls-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(certificate, sizeof(certificate), "%s/certificate.pem", folder);
    snprintf(key, sizeof(key), "%s/key.pem", folder);
    snprintf(command, sizeof(command),
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
             "-subj /CN=localhost -keyout %s -out %s 2>%s/said",
             key, certificate, folder);
    cr_assert_eq(system(command), 0, "%s", command);
}

static void remove_pair(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(tls, .init = make_pair, .fini = remove_pair, .timeout = 100);

static enum err open_server(struct http_server **server_out, struct err_info *info)
{
    struct http_config config = {
        .listen = "127.0.0.1:0", .app = &nothing, .tls_certificate = certificate, .tls_key = key};
    return http_server_open(&config, server_out, info);
}

Test(tls, a_bad_pair_is_a_clear_error)
{
    struct http_server *server = NULL;
    struct err_info info = {0};
    FILE *file = fopen(certificate, "w");
    cr_assert_not_null(file);
    fputs("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", file);
    fclose(file);
    cr_expect_eq(open_server(&server, &info), ERR_INVALID, "%s", info.text);
    cr_expect_not_null(strstr(info.text, "certificate"), "%s", info.text);
}

Test(tls, half_a_handshake_does_not_keep_the_loop_busy)
{
    enum { ROUNDS = 200, AT_ONCE_MAX = 40 };
    struct http_server *server = NULL;
    struct err_info info = {0};
    char address[32];
    int fd = -1, at_once = 0;
    cr_assert_eq(open_server(&server, &info), ERR_OK, "%s", info.text);
    snprintf(address, sizeof(address), "127.0.0.1:%u", (unsigned)http_server_port(server));
    cr_assert_eq(socket_connect_tcp(address, 1000, &fd, &info), ERR_OK, "%s", info.text);
    cr_assert_eq(write(fd, "\x16\x03\x01", 3), 3);
    for (int i = 0; i < ROUNDS; i++) {
        at_once += http_server_timeout_ms(server) == 0;
        http_server_run(server);
    }
    cr_expect_eq(http_server_connections(server), 1);
    cr_expect_lt(at_once, AT_ONCE_MAX, "%d of %d rounds at once", at_once, ROUNDS);
    close(fd);
    http_server_close(server);
}
