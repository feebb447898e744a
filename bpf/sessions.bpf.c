/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
 *
 * Every process of the machine, told by the kernel to whoever reads. Each form is an iterator of its own.
 *
 * Nothing that they write to is shared: a row is made in memory of the reader's own (desk.h) and goes to its own seq_file.
 * Several may read at once. Every process gives a row; one that could not be read soundly is marked so, and never left out.
 */
#include "arguments.h"
#include "binary.h"
#include "text.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
