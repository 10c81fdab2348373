#ifndef KDCSYNC_METRICS_H
#define KDCSYNC_METRICS_H

#include "../format/bytes.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * A file in Prometheus' text format, for node_exporter's textfile collector:
 * written whole or not at all, mode 0644, moments and not ages, no time stamps.
 * Names get "kdcsync_" in front; help is one plain line.
 */
struct metrics {
	FILE *f;
	char *text;
	size_t size;
};
#define METRICS_NONE { NULL, NULL, 0 }

/* 0; -1, said: memory is short. */
int	metrics_begin(struct metrics *m);

/* What the samples that follow, all of one name, mean. */
void	metrics_name(struct metrics *m, const char *name, const char *help);

/* labels: a name, then a value with any bytes, and so on; ended by NULL. */
void	metrics_put(struct metrics *m, const char *name,
	    const char *const labels[], int64_t value);

/* The same of milliseconds, written in seconds. */
void	metrics_put_ms(struct metrics *m, const char *name,
	    const char *const labels[], int64_t ms);

/* Writes them.  0 or -1, said.  m is METRICS_NONE afterwards. */
int	metrics_commit(struct metrics *m, const char *path);

/* What a file written by that says of it, in thousandths; 0 when it is not there,
 * is no number, negative, or 1e12 and more. */
int64_t	metrics_get_ms(struct span text, const char *name,
	    const char *const labels[]);

#endif
