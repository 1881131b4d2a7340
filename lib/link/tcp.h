#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What the kernel knows of a connection whose descriptor belongs to libzmq, and a way to end it. */

enum { TCP_ADDRESS_BYTES = 64 };

/* The socket's number in the kernel, never given twice; 0 when `fd` is no socket. */
uint64_t tcp_cookie(int fd);

/* All bytes received on it since it was opened; false when `fd` is no TCP connection. */
bool tcp_received_bytes(int fd, uint64_t *bytes_out);

/* The other end without its port; "" when unknown. */
void tcp_peer_address(int fd, char out[TCP_ADDRESS_BYTES]);

/* End it at once if `fd` is still the socket with this cookie: what has come in and was not read is
 * thrown away, the other end gets a reset, and the owner an error. */
void tcp_abort(int fd, uint64_t cookie);

/* Never wait in accept on it. Before tcp_close_door: its owner is woken for what that takes, and
 * would stand still. */
void tcp_unblock(int listener);

/* A listening socket whose descriptor belongs to somebody else takes no new connection: their first
 * packets are dropped, so whoever knocks tries again by itself. What had got in is closed; how
 * many. `spare_inout` is a descriptor kept for when none is left, -1 when there is none. */
uint32_t tcp_close_door(int listener, int *spare_inout);
/* … and takes them again. */
void tcp_open_door(int listener);
