// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Who every process is, by its latest exec: a number in the task's own storage, which the task can
 * not reach, and one record an exec with arguments and environment as they were before the first
 * instruction of the new program.
 *
 * Tracepoints only: they load on kernels that refuse LSM, fentry and fmod_ret programs. Not under
 * lockdown=confidentiality, where the path strings may not be read, and libbpf 1.1 spoils the reads of
 * user memory as well; under lockdown=integrity (Secure Boot) they do. */
#include "kw_vmlinux.h"
#include "kw_shared.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Numbers below belong to what was running before. */
__u64 kw_seq = 1ULL << 32;
__u64 kw_lost;		/* records that found the ring full */
__u64 kw_missed_count;	/* execs whose task kept an older number: see kw_missed */
__u64 kw_blind_seq;	/* every number up to this one may be stale */

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct kw_task);
} kw_tasks SEC(".maps");

/* Process ids whose task storage could not be written at exec (it is locked by whoever was
 * interrupted on this processor, or memory is short). They are unknown until they have exited or
 * done another exec. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KW_MISSED_MAX);
	__type(key, __u32);
	__type(value, __u8);
} kw_missed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 2 << 20);
} kw_ring SEC(".maps");

struct kw_scratch {
	struct kw_exec head;
	char data[KW_DATA_MAX];
};

/* One for each processor, sized at load. Not a per-CPU map: those end at 32 KiB. A tracepoint runs
 * with preemption off, and an exec never interrupts another. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kw_scratch);
} kw_scratches SEC(".maps");

static __always_inline void kw_forget_missed(__u32 pid)
{
	if (kw_missed_count)
		bpf_map_delete_elem(&kw_missed, &pid);
}

static __always_inline void kw_remember_missed(__u32 pid)
{
	__u8 one = 1;

	__sync_fetch_and_add(&kw_missed_count, 1);
	if (bpf_map_update_elem(&kw_missed, &pid, &one, BPF_ANY))
		kw_blind_seq = kw_seq;
}

/* For the verifier: what is compared next and what is used afterwards is one and the same register,
 * whatever the compiler knows better. 6.1 follows bounds through neither copies nor shifts. */
#define kw_same(value) asm volatile("" : "+r"(value))

/* Copies a range of the new program's memory behind what is there already. Returns the bytes. */
static __always_inline __u64 kw_copy_user(struct kw_scratch *s, __u64 at, unsigned long start,
					  unsigned long end, __u64 max, __u32 *flags, __u32 cut)
{
	__u64 n = end - start;

	if (end < start || n > max) {
		*flags |= cut;
		n = end < start ? 0 : max;
	}
	kw_same(at);
	if (at > KW_DATA_MAX - KW_ENV_MAX)
		return 0;
	kw_same(n);
	if (n > KW_ENV_MAX)
		return 0;
	if (n && bpf_probe_read_user(s->data + at, n, (void *)start)) {
		*flags |= cut;
		return 0;
	}
	return n;
}

static __always_inline __u64 kw_copy_name(struct kw_scratch *s, __u64 at, const char *name)
{
	__u64 n;

	kw_same(at);
	if (at > KW_NAME_MAX)
		return 0;
	n = bpf_probe_read_kernel_str(s->data + at, KW_NAME_MAX, name);
	/* An error, nothing, or a name that fills the space and may go on: not known. */
	if (n <= 1 || n >= KW_NAME_MAX)
		return 0;
	n -= 1;
	kw_same(n);
	return n & (KW_NAME_MAX - 1);
}

static __always_inline void kw_fill(struct kw_scratch *s, struct task_struct *p,
				    struct linux_binprm *bprm)
{
	struct kw_exec *e = &s->head;
	struct inode *inode = bprm->file->f_inode;
	struct inode *cwd = p->fs->pwd.dentry->d_inode;

	e->now_ns = bpf_ktime_get_boot_ns();
	e->start_ns = p->group_leader->start_boottime;
	e->ino = inode->i_ino;
	e->dev = inode->i_sb->s_dev;
	e->magic = inode->i_sb->s_magic;
	e->generation = inode->i_generation;
	e->nlink = inode->i_nlink;
	e->cwd_ino = cwd->i_ino;
	e->cwd_dev = cwd->i_sb->s_dev;
	e->pid = p->tgid;
	e->uid = p->cred->uid.val;
	e->user_ns = p->cred->user_ns->ns.inum;
	e->login_uid = bpf_core_field_exists(p->loginuid) ? p->loginuid.val : (__u32)-1;
	if (p->ptrace)
		e->flags |= KW_TRACED;
}

/* After the new program is in place and before its first instruction: nobody but the kernel has
 * touched its arguments and environment. Runs for every exec on the machine. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(kw_on_exec, struct task_struct *p, int old_pid, struct linux_binprm *bprm)
{
	struct kw_task *task;
	struct kw_scratch *s;
	struct mm_struct *mm = p->mm;
	__u32 cpu = bpf_get_smp_processor_id();
	__u64 at = 0;
	__u64 old;

	task = bpf_task_storage_get(&kw_tasks, p, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!task) {
		kw_remember_missed(p->tgid);
		return 0;
	}
	kw_forget_missed(p->tgid);
	old = task->seq;
	task->parent_seq = old;
	task->seq = __sync_fetch_and_add(&kw_seq, 1) + 1;

	s = bpf_map_lookup_elem(&kw_scratches, &cpu);
	if (!s)
		goto lost;
	__builtin_memset(&s->head, 0, sizeof(s->head));
	s->head.seq = task->seq;
	s->head.parent_seq = old;
	if (!old)
		s->head.flags |= KW_NO_PARENT;
	kw_fill(s, p, bprm);

	s->head.filename_len = kw_copy_name(s, 0, bprm->filename);
	at = s->head.filename_len;
	s->head.interp_len = kw_copy_name(s, at, bprm->interp);
	at += s->head.interp_len;
	s->head.args_len = kw_copy_user(s, at, mm->arg_start, mm->arg_end, KW_ARGS_MAX,
					&s->head.flags, KW_ARGS_CUT);
	at += s->head.args_len;
	s->head.env_len = kw_copy_user(s, at, mm->env_start, mm->env_end, KW_ENV_MAX,
				       &s->head.flags, KW_ENV_CUT);
	at += s->head.env_len;

	kw_same(at);
	if (at > KW_DATA_MAX)
		goto lost;
	if (!bpf_ringbuf_output(&kw_ring, s, sizeof(s->head) + at, 0))
		return 0;
lost:
	__sync_fetch_and_add(&kw_lost, 1);
	return 0;
}

/* A new process or thread is what its maker was. A thread has a copy too: it becomes the process
 * when it calls exec. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(kw_on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct kw_task *from, *to;
	struct kw_task copy;

	from = bpf_task_storage_get(&kw_tasks, parent, 0, 0);
	if (!from) {
		struct task_struct *leader = parent->group_leader;

		from = bpf_task_storage_get(&kw_tasks, leader, 0, 0);
	}
	if (!from)	/* older than the programs: the snapshot finds the child, or nobody does */
		return 0;
	copy = *from;
	/* a failure leaves the child without a number: unknown until its exec */
	to = bpf_task_storage_get(&kw_tasks, child, &copy, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!to && child->pid == child->tgid)
		__sync_fetch_and_add(&kw_lost, 1);
	return 0;
}

/* A process id may be used again: what was missed of the old one says nothing of the new. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(kw_on_exit, struct task_struct *p)
{
	if (p->pid == p->tgid)
		kw_forget_missed(p->tgid);
	return 0;
}
