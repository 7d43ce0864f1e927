/* af-floor [-t THREADS] PATH...  -  decodes local .lzma, .xz, .gz and .zst files and throws the bytes away.
 *
 * The floor under every job on compressed objects: nothing but the codecs' own libraries (liblzma, zlib, libzstd),
 * files read in blocks of 256 KB, largest first, one file a thread at a time. Folders are walked. Files of other types
 * are read only.
 * Prints one line on stdout; exit status 1 when a file could not be decoded to its end, 2 for wrong arguments.
 */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <ftw.h>
#include <lzma.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { IN_BYTES = 256 << 10, OUT_BYTES = 1 << 20, MAX_THREADS = 256 };

struct input {
    char *path;
    uint64_t stored;
    uint64_t inflated;
    int failed;
};

static struct input *inputs;
static size_t input_count, input_room;
static atomic_size_t next_input;

struct buffers {
    FILE *file;
    uint8_t in[IN_BYTES];
    uint8_t out[OUT_BYTES];
    size_t filled;
};

static int refill(struct buffers *b) {
    b->filled = fread(b->in, 1, IN_BYTES, b->file);
    return ferror(b->file) ? -1 : 0;
}

/* Each decoder starts with the first block in b->in and returns 0 when the file ended where its format says. */
static int decode_lzma(struct buffers *b, uint64_t *inflated) {
    lzma_stream s = LZMA_STREAM_INIT;
    lzma_ret code = lzma_auto_decoder(&s, UINT64_MAX, LZMA_CONCATENATED);
    s.next_in = b->in;
    s.avail_in = b->filled;
    while (code == LZMA_OK) {
        if (s.avail_in == 0 && b->filled != 0) {
            if (refill(b) != 0) break;
            s.next_in = b->in;
            s.avail_in = b->filled;
        }
        s.next_out = b->out;
        s.avail_out = OUT_BYTES;
        code = lzma_code(&s, b->filled == 0 ? LZMA_FINISH : LZMA_RUN);
        *inflated += OUT_BYTES - s.avail_out;
    }
    lzma_end(&s);
    return code == LZMA_STREAM_END ? 0 : -1;
}

static int decode_gzip(struct buffers *b, uint64_t *inflated) {
    z_stream s = {0};
    int code = inflateInit2(&s, 15 + 16);
    s.next_in = b->in;
    s.avail_in = (uInt)b->filled;
    while (code == Z_OK || code == Z_STREAM_END) {
        if (s.avail_in == 0) {
            if (refill(b) != 0 || b->filled == 0) break;
            s.next_in = b->in;
            s.avail_in = (uInt)b->filled;
        }
        if (code == Z_STREAM_END) inflateReset(&s); /* another member */
        s.next_out = b->out;
        s.avail_out = OUT_BYTES;
        code = inflate(&s, Z_NO_FLUSH);
        *inflated += OUT_BYTES - s.avail_out;
    }
    inflateEnd(&s);
    return code == Z_STREAM_END ? 0 : -1;
}

static int decode_zstd(struct buffers *b, uint64_t *inflated) {
    ZSTD_DCtx *context = ZSTD_createDCtx();
    size_t left = 0;
    if (context == NULL) return -1;
    while (b->filled != 0) {
        ZSTD_inBuffer in = {b->in, b->filled, 0};
        int full = 0;
        while (in.pos < in.size || full) {
            ZSTD_outBuffer out = {b->out, OUT_BYTES, 0};
            left = ZSTD_decompressStream(context, &out, &in);
            *inflated += out.pos;
            full = out.pos == out.size && left != 0;
            if (ZSTD_isError(left)) break;
        }
        if (ZSTD_isError(left) || refill(b) != 0) break;
    }
    ZSTD_freeDCtx(context);
    return left == 0 && b->filled == 0 ? 0 : -1;
}

static int read_only(struct buffers *b, uint64_t *inflated) {
    while (b->filled != 0) {
        *inflated += b->filled;
        if (refill(b) != 0) return -1;
    }
    return 0;
}

static int starts_with(const struct buffers *b, const char *magic, size_t length) {
    return b->filled >= length && memcmp(b->in, magic, length) == 0;
}

static int decode(struct buffers *b, uint64_t *inflated) {
    if (refill(b) != 0) return -1;
    if (starts_with(b, "\xfd" "7zXZ", 5) || starts_with(b, "\x5d\0\0", 3)) return decode_lzma(b, inflated);
    if (starts_with(b, "\x1f\x8b", 2)) return decode_gzip(b, inflated);
    if (starts_with(b, "\x28\xb5\x2f\xfd", 4)) return decode_zstd(b, inflated);
    return read_only(b, inflated);
}

static void *work(void *unused) {
    struct buffers *b = malloc(sizeof *b);
    (void)unused;
    if (b == NULL) return NULL;
    for (;;) {
        size_t i = atomic_fetch_add(&next_input, 1);
        if (i >= input_count) break;
        struct input *input = &inputs[i];
        b->file = fopen(input->path, "rb");
        input->failed = b->file == NULL || decode(b, &input->inflated) != 0;
        if (b->file != NULL) fclose(b->file);
    }
    free(b);
    return NULL;
}

static int collect(const char *path, const struct stat *status, int type, struct FTW *where) {
    (void)where;
    if (type != FTW_F) return type == FTW_D ? 0 : -1;
    if (input_count == input_room) {
        input_room = input_room ? 2 * input_room : 256;
        inputs = realloc(inputs, input_room * sizeof *inputs);
        if (inputs == NULL) return -1;
    }
    inputs[input_count] = (struct input){.path = strdup(path), .stored = (uint64_t)status->st_size, .failed = 1};
    return inputs[input_count++].path == NULL ? -1 : 0;
}

static int larger_first(const void *a, const void *b) {
    const struct input *left = a, *right = b;
    if (left->stored != right->stored) return left->stored < right->stored ? 1 : -1;
    return strcmp(left->path, right->path);
}

static double seconds_now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int report(double wall, double cpu) {
    uint64_t stored = 0, inflated = 0;
    int status = 0;
    for (size_t i = 0; i < input_count; ++i) {
        stored += inputs[i].stored;
        inflated += inputs[i].inflated;
        if (inputs[i].failed) {
            fprintf(stderr, "af-floor: cannot decode %s\n", inputs[i].path);
            status = 1;
        }
    }
    printf("seconds %.3f cpu_seconds %.3f objects %zu stored_bytes %llu inflated_bytes %llu inflated_MB_per_s %.1f\n",
           wall, cpu, input_count, (unsigned long long)stored, (unsigned long long)inflated,
           (double)inflated / wall / 1e6);
    return status;
}

int main(int argc, char **argv) {
    long threads = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t pool[MAX_THREADS];
    int option;
    while ((option = getopt(argc, argv, "t:")) != -1) threads = option == 't' ? strtol(optarg, NULL, 10) : 0;
    if (threads < 1 || threads > MAX_THREADS || optind == argc) {
        fputs("usage: af-floor [-t THREADS] PATH...\n", stderr);
        return 2;
    }
    for (int i = optind; i < argc; ++i) {
        if (nftw(argv[i], collect, 32, FTW_PHYS) != 0) {
            fprintf(stderr, "af-floor: cannot read %s: %s\n", argv[i], strerror(errno));
            return 1;
        }
    }
    qsort(inputs, input_count, sizeof *inputs, larger_first);
    double start = seconds_now(CLOCK_MONOTONIC);
    for (long i = 0; i < threads; ++i) {
        if (pthread_create(&pool[i], NULL, work, NULL) != 0) return 1;
    }
    for (long i = 0; i < threads; ++i) pthread_join(pool[i], NULL);
    int status = report(seconds_now(CLOCK_MONOTONIC) - start, seconds_now(CLOCK_PROCESS_CPUTIME_ID));
    for (size_t i = 0; i < input_count; ++i) free(inputs[i].path);
    free(inputs);
    return status;
}
