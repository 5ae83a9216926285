/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once

/* What the exec program and its reader agree on. Both sides have the fixed-width types by then. */

enum {
	KW_NAME_MAX = 256,	/* of each of the two paths, with the NUL */
	KW_ARGS_MAX = 8192,
	KW_ENV_MAX = 32768,
	KW_DATA_MAX = 2 * KW_NAME_MAX + KW_ARGS_MAX + KW_ENV_MAX,
	KW_MISSED_MAX = 8192,
};

enum kw_exec_flag {
	KW_ARGS_CUT = 1,	/* longer than KW_ARGS_MAX, or not readable */
	KW_ENV_CUT = 2,
	KW_TRACED = 4,
	KW_NO_PARENT = 8,	/* the task had no record: it is older than the programs */
};

/* One per task, inherited at fork, renewed at exec. */
struct kw_task {
	__u64 seq;	/* of the latest exec */
	__u64 parent_seq;
};

/* One per exec, followed by `data_len` bytes: filename, interp, arguments, environment. */
struct kw_exec {
	__u64 seq;
	__u64 parent_seq;
	__u64 start_ns;	/* of the process, since boot */
	__u64 now_ns;	/* since boot */
	__u64 ino;
	__u64 cwd_ino;
	__u64 magic;	/* of the executable's file system */
	__u32 dev;	/* as the kernel packs it: major << 20 | minor */
	__u32 cwd_dev;
	__u32 generation;
	__u32 nlink;
	__u32 pid;
	__u32 uid;
	__u32 login_uid;
	__u32 user_ns;	/* inode number of the user namespace */
	__u32 flags;
	__u32 filename_len;	/* without the NUL; 0 when not known */
	__u32 interp_len;
	__u32 args_len;
	__u32 env_len;
	__u32 pad;
};

_Static_assert(sizeof(struct kw_task) == 16, "kw_task");
_Static_assert(sizeof(struct kw_exec) == 112, "kw_exec");
