/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Whether a text form keeps what file_fdw needs: its alphabet, as many columns in each line, the count at the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init.h"

#define ALPHABET "0123456789abcdef-\t"

void compare_lines(const char *bytes, size_t length)
{
	long lines = 0, rows = 0, foreign = 0, columns = 0, uneven = 0, told = -1;
	size_t at = 0;

	while (at < length) {
		const char *line = bytes + at, *feed = memchr(line, '\n', length - at);
		size_t size = feed ? (size_t)(feed - line) : length - at, i;
		long tabs = 0;

		for (i = 0; i < size; i++) {
			tabs += line[i] == '\t';
			foreign += !line[i] || !strchr(ALPHABET, line[i]);
		}
		if (lines++ == 0)
			columns = tabs;
		uneven += tabs != columns || !feed;
		rows += line[0] == '1';
		if (line[0] == '2')
			told = strtol(line + 2, NULL, 10);
		at += size + 1;
	}
	printf("lines: %ld, %ld columns, %ld rows, %ld told by the last line\n", lines, columns + 1, rows, told);
	printf("compared: %ld lines uneven, %ld bytes out of the alphabet, the count is %s\n", uneven, foreign,
	       told == rows ? "right" : "WRONG");
}
