#ifndef KDCSYNC_SAY_H
#define KDCSYNC_SAY_H

#include "../format/bytes.h"

#include <stdarg.h>
#include <stdbool.h>

/* Every line that a program of ours prints for a person goes to stderr through
 * here, as "program: object: what happened; what to do".  When
 * stderr is the stream that systemd names in JOURNAL_STREAM (device:inode) it
 * carries a priority, "<3>" and so on.  All but printable ASCII is shown as
 * \xNN: some of it comes from other machines.  A line is one write(2); errno
 * stays as it was.  When stderr takes nothing for 10 s (a stopped terminal), lines
 * are lost until it does. */

/* The program's name in front of each line.  Before anything is said. */
void	say_program(const char *name);

/* Which lines are printed: errors always; say_info not when quiet; say_debug,
 * the only place for principal names, when debug. */
void	say_level(bool quiet, bool debug);

/* A line that was said just before is not said again. */
void	say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	say_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	say_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Lines go to the end of to instead of stderr; NULL: to stderr again.  Answers
 * where they went before. */
struct bytes *say_capture(struct bytes *to);

/* Lines that were captured, said after all. */
void	say_again(struct span said);

/* Called before each line that is printed, or NULL: what else draws on the
 * terminal makes room. */
void	say_before(void (*fn)(void));

/* The last line said by say(), without the program's name, at most size - 1
 * characters: what a verdict carries to the primary.  "" when none was. */
void	say_last(char *text, unsigned long size);

#endif
