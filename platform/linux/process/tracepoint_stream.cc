// SPDX-License-Identifier: Apache-2.0
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "platform/linux/process/bpf_skeleton.h"
#include "platform/linux/process/exec_stream.h"
#include "platform/linux/process/proc_reader.h"

namespace keyward::linux_os {
namespace {

struct DestroySkeleton {
  void operator()(exec_bpf* s) const { exec_bpf__destroy(s); }
};
using Skeleton = std::unique_ptr<exec_bpf, DestroySkeleton>;

struct FreeRing {
  void operator()(ring_buffer* r) const { ring_buffer__free(r); }
};

// The kernel packs a device number as major << 20 | minor, stat(2) as glibc does.
std::uint64_t DeviceOf(std::uint32_t kernel) { return ::makedev(kernel >> 20, kernel & 0xfffff); }

std::chrono::nanoseconds BootClock() {
  timespec t{};
  ::clock_gettime(CLOCK_BOOTTIME, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

std::uint64_t TicksOf(std::uint64_t nanoseconds) {
  static const std::uint64_t per_tick =
      1'000'000'000u / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return nanoseconds / per_tick;
}

// False for a record that is not what the program writes.
bool Parse(const void* data, std::size_t size, ExecRecord& r) {
  kw_exec e;
  if (size < sizeof e) return false;
  std::memcpy(&e, data, sizeof e);
  std::string_view rest(static_cast<const char*>(data) + sizeof e, size - sizeof e);
  const auto take = [&rest](std::size_t n) {
    const std::string_view part = rest.substr(0, n);
    rest.remove_prefix(part.size());
    return part;
  };
  r.seq = e.seq;
  r.parent_seq = e.parent_seq;
  r.pid = static_cast<std::int32_t>(e.pid);
  r.start_ticks = TicksOf(e.start_ns);
  r.uid = e.uid;
  r.login_uid = e.login_uid;
  r.executable = {DeviceOf(e.dev), e.ino};
  r.generation = e.generation;
  r.links = e.nlink;
  r.file_system = e.magic;
  r.cwd = {DeviceOf(e.cwd_dev), e.cwd_ino};
  r.user_namespace = e.user_ns;
  r.traced = (e.flags & KW_TRACED) != 0;
  r.filename = take(e.filename_len);
  r.interp = take(e.interp_len);
  TextList argv = ParseNulList(take(e.args_len), kMostArguments, kMostArgumentBytes);
  r.argv = std::move(argv.items);
  r.argv_truncated = argv.truncated || (e.flags & KW_ARGS_CUT) != 0;
  TextList environment = ParseNulList(take(e.env_len), kMostVariables, kMostEnvironmentBytes);
  r.environment = std::move(environment.items);
  r.environment_truncated = environment.truncated || (e.flags & KW_ENV_CUT) != 0;
  const auto age = BootClock() - std::chrono::nanoseconds(e.now_ns);
  r.time = std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now() -
                                                                  age);
  return true;
}

class TracepointStream : public ExecStream {
 public:
  explicit TracepointStream(Skeleton skeleton)
      : skeleton_(std::move(skeleton)),
        tasks_(bpf_map__fd(skeleton_->maps.kw_tasks)),
        missed_(bpf_map__fd(skeleton_->maps.kw_missed)),
        ring_(ring_buffer__new(bpf_map__fd(skeleton_->maps.kw_ring), OnRecord, this, nullptr)) {}

  bool ready() const { return ring_ != nullptr; }
  int descriptor() const override { return ring_buffer__epoll_fd(ring_.get()); }

  bool Drain(const std::function<void(ExecRecord)>& take, Deadline until) override {
    take_ = &take;
    until_ = until;
    const int result = ring_buffer__consume(ring_.get());
    take_ = nullptr;
    return result != -EAGAIN;
  }

  std::uint64_t SeqOf(std::int32_t pid, int pidfd) override {
    kw_task task{};
    if (::bpf_map_lookup_elem(tasks_, &pidfd, &task) != 0) return 0;
    if (Now(skeleton_->bss->kw_missed_count) != 0) {
      std::uint8_t one = 0;
      const auto key = static_cast<std::uint32_t>(pid);
      if (task.seq <= Now(skeleton_->bss->kw_blind_seq) ||
          ::bpf_map_lookup_elem(missed_, &key, &one) == 0)
        return 0;
    }
    return task.seq;
  }

  bool Assign(std::int32_t, std::uint64_t, int pidfd, std::uint64_t seq) override {
    const kw_task task{seq, 0};
    return ::bpf_map_update_elem(tasks_, &pidfd, &task, BPF_NOEXIST) == 0;
  }

  std::uint64_t missed() const override {
    return Now(skeleton_->bss->kw_lost) + Now(skeleton_->bss->kw_missed_count);
  }

 private:
  // The kernel's side counts in the same memory.
  template <class T>
  static std::uint64_t Now(const T& counter) {
    return __atomic_load_n(&counter, __ATOMIC_RELAXED);
  }

  static int OnRecord(void* context, void* data, std::size_t size) {
    auto& self = *static_cast<TracepointStream*>(context);
    ExecRecord record;
    if (Parse(data, size, record)) (*self.take_)(std::move(record));
    // Where libbpf is told to stop, this record is done with.
    return std::chrono::steady_clock::now() < self.until_ ? 0 : -EAGAIN;
  }

  const Skeleton skeleton_;
  const int tasks_;
  const int missed_;
  const std::unique_ptr<ring_buffer, FreeRing> ring_;
  const std::function<void(ExecRecord)>* take_ = nullptr;
  Deadline until_{};
};

Result<Skeleton> Load() {
  Skeleton skeleton(exec_bpf__open());
  if (!skeleton) return OsError("open the exec program", errno);
  const int processors = libbpf_num_possible_cpus();
  if (processors <= 0) return OsError("count the processors", -processors);
  bpf_map__set_max_entries(skeleton->maps.kw_scratches, static_cast<std::uint32_t>(processors));
  if (const int error = exec_bpf__load(skeleton.get()); error != 0)
    return OsError("load the exec program into the kernel", -error);
  if (const int error = exec_bpf__attach(skeleton.get()); error != 0)
    return OsError("attach the exec program", -error);
  return skeleton;
}

}  // namespace

Result<std::unique_ptr<ExecStream>> OpenTracepointStream() {
  // libbpf would write the verifier's log to standard error; the error is returned instead.
  libbpf_set_print(nullptr);
  Result<Skeleton> skeleton = Load();
  if (!skeleton) return skeleton.error();
  auto stream = std::make_unique<TracepointStream>(std::move(*skeleton));
  if (!stream->ready()) return OsError("map the exec program's ring", errno);
  return std::unique_ptr<ExecStream>(std::move(stream));
}

}  // namespace keyward::linux_os
