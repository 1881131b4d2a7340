#include "tests/alloc/alloc_fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    bool counting, reached;
    int paused;
    uint64_t calls, fail_at, fail_count;
    const char *told_path;
} state;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
FILE *__real_open_memstream(char **text, size_t *len);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
FILE *__wrap_open_memstream(char **text, size_t *len);

void alloc_fail_at(uint64_t number, uint64_t count)
{
    state.counting = true;
    state.fail_count = count;
    state.reached = false;
    state.calls = 0;
    state.fail_at = number;
}

bool alloc_stop(void)
{
    state.counting = false;
    return state.reached;
}

uint64_t alloc_calls(void)
{
    return state.calls;
}

void alloc_pause(void)
{
    state.paused++;
}

void alloc_resume(void)
{
    state.paused--;
}

__attribute__((constructor)) static void read_environment(void)
{
    const char *text = getenv("CSE_ALLOC_FAIL");
    char *end = NULL;
    if (text == NULL)
        return;
    state.told_path = getenv("CSE_ALLOC_TOLD");
    uint64_t number = strtoull(text, &end, 10);
    alloc_fail_at(number, *end == '+' ? UINT64_MAX : 1);
}

static bool fails(void)
{
    if (!state.counting || state.paused > 0)
        return false;
    state.calls++;
    if (state.calls < state.fail_at || state.calls - state.fail_at >= state.fail_count)
        return false;
    if (!state.reached && state.told_path != NULL)
        (void)close(open(state.told_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    state.reached = true;
    if (getenv("CSE_ALLOC_STOP") != NULL)
        abort();
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
    return fails() ? NULL : __real_strndup(text, len);
}

FILE *__wrap_open_memstream(char **text, size_t *len)
{
    return fails() ? NULL : __real_open_memstream(text, len);
}
