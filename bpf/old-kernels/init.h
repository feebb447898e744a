/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * The parts of the program that old kernels are asked with.
 */
#ifndef PLUMBLINE_OLD_KERNELS_INIT_H
#define PLUMBLINE_OLD_KERNELS_INIT_H

#include <stddef.h>

/* Starts processes of known shape; they stay until the machine is off. */
void populate(void);

/* Loads and reads each iterator, and says what the verifier said of it. */
void try_all(void);

/* Compares what `sessions` gave (record.h) with /proc, and says what is not the same. */
void compare_rows(const char *bytes, size_t length);

/* Looks at the lines of a text form: their alphabet, their number of columns, the count at the end. */
void compare_lines(const char *bytes, size_t length);

#endif
