// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/control/authority_polkit.h"

#include <dirent.h>
#include <systemd/sd-bus.h>

#include <list>
#include <string_view>
#include <utility>
#include <vector>

namespace keyward::linux_os {
namespace {

using platform::AuthorityAnswer;
using platform::AuthorityDecision;
using platform::Peer;

constexpr const char* kPolkit = "org.freedesktop.PolicyKit1";
constexpr const char* kPolkitPath = "/org/freedesktop/PolicyKit1/Authority";
constexpr const char* kPolkitInterface = "org.freedesktop.PolicyKit1.Authority";
constexpr std::uint64_t kShortPatience = 5'000'000;  // µs, for what asks no person
constexpr std::uint32_t kAllowUserInteraction = 1;

struct BusClose {
  void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
};
struct MessageUnref {
  void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
struct SlotUnref {
  void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
};
using BusPtr = std::unique_ptr<sd_bus, BusClose>;
using MessagePtr = std::unique_ptr<sd_bus_message, MessageUnref>;
using SlotPtr = std::unique_ptr<sd_bus_slot, SlotUnref>;

// A machine with a seat has a screen at which somebody can be asked.
bool HasSeat(const std::string& directory) {
  struct DirClose {
    void operator()(DIR* dir) const { ::closedir(dir); }
  };
  const std::unique_ptr<DIR, DirClose> dir(::opendir(directory.c_str()));
  if (!dir) return false;
  while (const dirent* entry = ::readdir(dir.get()))
    if (entry->d_name[0] != '.') return true;
  return false;
}

struct Outcome {
  bool authorized = false;
  bool challenge = false;
  bool dismissed = false;
};

int ReadOutcome(sd_bus_message* reply, Outcome& outcome) {
  int authorized = 0;
  int challenge = 0;
  int r = sd_bus_message_enter_container(reply, 'r', "bba{ss}");
  if (r >= 0) r = sd_bus_message_read(reply, "bb", &authorized, &challenge);
  if (r >= 0) r = sd_bus_message_enter_container(reply, 'a', "{ss}");
  while (r >= 0) {
    const char* key = nullptr;
    const char* value = nullptr;
    r = sd_bus_message_read(reply, "{ss}", &key, &value);
    if (r <= 0) break;
    if (std::string_view(key) == "polkit.dismissed") outcome.dismissed = true;
  }
  outcome.authorized = authorized != 0;
  outcome.challenge = challenge != 0;
  return r;
}

class PolkitAuthority;

// One question that is on its way.
struct Pending {
  PolkitAuthority* authority = nullptr;
  Peer peer;
  std::string action;
  std::string message;
  std::function<void(AuthorityDecision)> done;
  std::string cancellation;  // set while a person may be looking at a dialog
  SlotPtr slot;
};

class PolkitAuthority : public platform::Authority {
 public:
  PolkitAuthority(EventLoop& loop, PolkitOptions options)
      : loop_(loop), options_(std::move(options)) {}

  ~PolkitAuthority() override {
    while (!pending_.empty())
      Finish(pending_.front(), {AuthorityAnswer::kRefused, "the daemon is stopping"});
  }

  void Ask(const Peer& peer, const std::string& action, const std::string& message,
           std::function<void(AuthorityDecision)> done) override {
    Pending& ask = pending_.emplace_back();
    ask.authority = this;
    ask.peer = peer;
    ask.action = action;
    ask.message = message;
    ask.done = std::move(done);
    const bool connected = Connect();
    if (peer.uid == 0) return connected ? FindPolkit(ask) : DecideRoot(ask, false);
    if (!connected)
      return FinishLater(ask, {AuthorityAnswer::kNobodyToAsk, "there is no system bus"});
    if (!Check(ask, 0, &PolkitAuthority::OnChecked))
      FinishLater(ask, {AuthorityAnswer::kNobodyToAsk, "polkit can't be reached"});
  }

 private:
  using OnReply = int (*)(sd_bus_message*, void*, sd_bus_error*);

  bool Connect() {
    if (bus_ && sd_bus_is_open(bus_.get()) > 0) return true;
    bus_.reset();
    sd_bus* bus = nullptr;
    if (sd_bus_open_system(&bus) < 0) return false;
    bus_.reset(bus);
    if (sd_bus_attach_event(bus, loop_.UnsafeHandle(), 0) < 0) bus_.reset();
    return bus_ != nullptr;
  }

  // Root: whether polkit runs, or would be started, decides.
  void FindPolkit(Pending& ask) {
    sd_bus_slot* slot = nullptr;
    const int r = sd_bus_call_method_async(bus_.get(), &slot, "org.freedesktop.DBus",
                                           "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                           "NameHasOwner", &OnOwner, &ask, "s", kPolkit);
    if (r < 0) return DecideRoot(ask, false);
    ask.slot.reset(slot);
  }

  static int OnOwner(sd_bus_message* reply, void* data, sd_bus_error*) {
    Pending& ask = *static_cast<Pending*>(data);
    int owned = 0;
    const bool answered = sd_bus_message_is_method_error(reply, nullptr) == 0 &&
                          sd_bus_message_read(reply, "b", &owned) > 0;
    if (!answered)
      ask.authority->DecideRoot(ask, !ask.authority->BusIsGone());
    else if (owned != 0)
      ask.authority->DecideRoot(ask, true);
    else
      ask.authority->FindActivatable(ask);
    return 0;
  }

  void FindActivatable(Pending& ask) {
    sd_bus_slot* slot = nullptr;
    const int r = sd_bus_call_method_async(bus_.get(), &slot, "org.freedesktop.DBus",
                                           "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                           "ListActivatableNames", &OnActivatable, &ask, "");
    if (r < 0) return DecideRoot(ask, true);
    ask.slot.reset(slot);
  }

  static int OnActivatable(sd_bus_message* reply, void* data, sd_bus_error*) {
    Pending& ask = *static_cast<Pending*>(data);
    bool found = sd_bus_message_is_method_error(reply, nullptr) != 0 ||
                 sd_bus_message_enter_container(reply, 'a', "s") < 0;
    const char* name = nullptr;
    while (!found && sd_bus_message_read(reply, "s", &name) > 0)
      found = std::string_view(name) == kPolkit;
    ask.authority->DecideRoot(ask, found);
    return 0;
  }

  bool BusIsGone() const { return !bus_ || sd_bus_is_open(bus_.get()) <= 0; }

  void DecideRoot(Pending& ask, bool polkit) {
    if (polkit || HasSeat(options_.seats_directory)) {
      FinishLater(ask, {AuthorityAnswer::kUseOwnAccount,
                        polkit ? "polkit is here to ask a person" : "this machine has a seat"});
    } else {
      FinishLater(ask, {AuthorityAnswer::kGranted, "root without a seat"});
    }
  }

  // CheckAuthorization for the caller's process. False when it could not even be sent.
  bool Check(Pending& ask, std::uint32_t flags, OnReply on_reply) {
    sd_bus_message* raw = nullptr;
    int r = sd_bus_message_new_method_call(bus_.get(), &raw, kPolkit, kPolkitPath, kPolkitInterface,
                                           "CheckAuthorization");
    const MessagePtr call(raw);
    if (r >= 0)
      r = sd_bus_message_append(raw, "(sa{sv})s", "unix-process", 3, "pid", "u",
                                static_cast<std::uint32_t>(ask.peer.pid), "start-time", "t",
                                ask.peer.start_ticks, "uid", "i",
                                static_cast<std::int32_t>(ask.peer.uid), ask.action.c_str());
    const bool asks = flags != 0;
    if (r >= 0)
      r = asks ? sd_bus_message_append(raw, "a{ss}", 1, "polkit.message", ask.message.c_str())
               : sd_bus_message_append(raw, "a{ss}", 0);
    if (asks) ask.cancellation = "keyward-" + std::to_string(++asked_);
    if (r >= 0) r = sd_bus_message_append(raw, "us", flags, ask.cancellation.c_str());
    if (r < 0) return false;
    const auto patience = std::chrono::duration_cast<std::chrono::microseconds>(options_.patience);
    sd_bus_slot* slot = nullptr;
    r = sd_bus_call_async(bus_.get(), &slot, raw, on_reply, &ask,
                          asks ? static_cast<std::uint64_t>(patience.count()) : kShortPatience);
    if (r < 0) return false;
    ask.slot.reset(slot);
    return true;
  }

  // Without a question: the answer has to be that a person must be asked. A plain yes (an answer
  // that polkit kept, or a rule that asks nobody) is what malware running as the person has too.
  static int OnChecked(sd_bus_message* reply, void* data, sd_bus_error*) {
    Pending& ask = *static_cast<Pending*>(data);
    Outcome outcome;
    if (!ask.authority->Read(ask, reply, outcome)) return 0;
    if (outcome.authorized) {
      ask.authority->FinishLater(
          ask, {AuthorityAnswer::kRefused,
                "polkit would let it pass without asking a person; its rules for " + ask.action +
                    " must ask each time"});
    } else if (!outcome.challenge) {
      ask.authority->FinishLater(ask, {AuthorityAnswer::kRefused, "polkit's rules forbid it"});
    } else if (!ask.authority->Check(ask, kAllowUserInteraction, &OnAsked)) {
      ask.authority->FinishLater(ask, {AuthorityAnswer::kNobodyToAsk, "polkit can't be reached"});
    }
    return 0;
  }

  static int OnAsked(sd_bus_message* reply, void* data, sd_bus_error*) {
    Pending& ask = *static_cast<Pending*>(data);
    Outcome outcome;
    if (!ask.authority->Read(ask, reply, outcome)) return 0;
    ask.cancellation.clear();
    AuthorityDecision decision;
    if (outcome.authorized)
      decision = {AuthorityAnswer::kGranted, "polkit, a person authenticated for this request"};
    else if (outcome.dismissed)
      decision = {AuthorityAnswer::kRefused, "the question was closed"};
    else if (outcome.challenge)
      decision = {AuthorityAnswer::kNobodyToAsk, "no authentication agent answers in this session"};
    else
      decision = {AuthorityAnswer::kRefused, "the authentication failed"};
    ask.authority->FinishLater(ask, std::move(decision));
    return 0;
  }

  bool Read(Pending& ask, sd_bus_message* reply, Outcome& outcome) {
    if (sd_bus_message_is_method_error(reply, nullptr) == 0) {
      if (ReadOutcome(reply, outcome) >= 0) return true;
      FinishLater(ask, {AuthorityAnswer::kRefused, "polkit's answer makes no sense"});
      return false;
    }
    const auto is = [reply](const char* name) {
      return sd_bus_message_is_method_error(reply, name) > 0;
    };
    if (is(SD_BUS_ERROR_SERVICE_UNKNOWN) || is(SD_BUS_ERROR_NAME_HAS_NO_OWNER))
      FinishLater(ask, {AuthorityAnswer::kNobodyToAsk, "polkit is not installed"});
    else if (is(SD_BUS_ERROR_NO_REPLY) || is(SD_BUS_ERROR_TIMEOUT))
      FinishLater(ask, {AuthorityAnswer::kRefused, "nobody answered in time"});
    else
      FinishLater(ask, {AuthorityAnswer::kRefused, "polkit could not decide"});
    return false;
  }

  // Not within Ask(), and not within a callback that still uses `ask`.
  void FinishLater(Pending& ask, AuthorityDecision decision) {
    ask.slot.reset();
    loop_.Post([alive = std::weak_ptr<bool>(alive_), this, &ask, decision = std::move(decision)] {
      if (!alive.expired()) Finish(ask, decision);
    });
  }

  void Finish(Pending& ask, AuthorityDecision decision) {
    // The dialog must not stay when nobody waits for its answer.
    if (!ask.cancellation.empty() && !BusIsGone())
      (void)sd_bus_call_method_async(bus_.get(), nullptr, kPolkit, kPolkitPath, kPolkitInterface,
                                     "CancelCheckAuthorization", nullptr, nullptr, "s",
                                     ask.cancellation.c_str());
    const auto done = std::move(ask.done);
    pending_.remove_if([&ask](const Pending& other) { return &other == &ask; });
    done(std::move(decision));
  }

  EventLoop& loop_;
  PolkitOptions options_;
  BusPtr bus_;
  std::list<Pending> pending_;
  std::uint64_t asked_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<platform::Authority> MakePolkitAuthority(EventLoop& loop, PolkitOptions options) {
  return std::make_unique<PolkitAuthority>(loop, std::move(options));
}

}  // namespace keyward::linux_os
