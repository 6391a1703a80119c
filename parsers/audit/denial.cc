// Refusals by layers other than seccomp: SELinux, AppArmor, Landlock, IPE, integrity. They decide
// what a diagnosis may blame on seccomp.
#include <algorithm>

#include "base/text.h"
#include "parsers/audit/fields.h"
#include "parsers/audit/meaning.h"

namespace medic::parsers::audit {
namespace {

using model::LayerDenial;

// Several fields of one body by name, each decoded into its own buffer. Denials are rare: a search
// per field is cheap enough.
class Lookup {
 public:
  Lookup(std::string_view body, Style style) : body_(body), style_(style) {}
  std::string_view raw(std::string_view key) const { return find_field(body_, key).value; }
  std::string_view text(std::string_view key, std::string& scratch) const {
    return untrusted(find_field(body_, key), style_, scratch);
  }
  std::int64_t number(std::string_view key) const { return leading_decimal(raw(key)).value_or(-1); }

 private:
  std::string_view body_;
  Style style_;
};

int capability_number(std::string_view text) {
  const auto number = leading_decimal(text);
  return number && *number >= 0 && *number < 64 ? static_cast<int>(*number) : -1;
}

// The first of the views that is not empty.
std::string_view first_of(std::initializer_list<std::string_view> views) {
  for (std::string_view view : views) {
    if (!view.empty()) return view;
  }
  return {};
}

Reading emit(LayerDenial denial, const Record& record, model::Event& event, EventSink& sink) {
  denial.text = record.body;
  event.what = denial;
  sink.event(event);
  return kUsed;
}

// `avc:  denied  { read write } for  pid=1 comm="a" name="f" … scontext= tcontext= tclass=
// permissive=0`
Reading selinux(const Record& record, std::string_view body, const Companions* companions,
                model::Event& event, EventSink& sink) {
  const std::size_t open = body.find('{'), close = body.find('}');
  const std::size_t verdict = body.find("denied");
  if (body.find("granted") < open && verdict >= open) return kForeign;
  if (record.type == Type::UserAvc && verdict == std::string_view::npos)
    return kForeign;  // `avc:  received policyload notice`
  if (open == std::string_view::npos || close == std::string_view::npos || close < open ||
      verdict > open)
    return damaged("record cut off");
  std::string name, path;
  const Lookup fields(body, record.style);
  LayerDenial denial;
  denial.layer = LayerDenial::Layer::Selinux;
  denial.enforced = fields.raw("permissive") != "1";
  denial.permission = trim(body.substr(open + 1, close - open - 1));
  denial.operation = fields.raw("tclass");
  denial.subj = fields.raw("scontext");
  denial.target_context = fields.raw("tcontext");
  if (denial.operation.empty()) return damaged("record cut off before tclass=");
  if (denial.operation.starts_with("cap"))
    denial.capability = capability_number(fields.raw("capability"));
  const std::string_view whole = fields.text("path", path), last_part = fields.text("name", name);
  if (companions == nullptr && whole.empty() && !last_part.empty() && record.serial >= 0)
    return kWaits;
  const std::string_view from_path = companions != nullptr ? companions->path : std::string_view{};
  denial.target = first_of({whole, from_path, last_part, fields.raw("dest"), fields.raw("src")});
  if (record.type == Type::UserAvc) {
    // The outer pid is the object manager's (systemd, dbus), which only asked.
    event.pid = std::max<std::int64_t>(-1, fields.number("spid"));
    event.comm = event.exe = {};
  }
  return emit(denial, record, event, sink);
}

// `apparmor="DENIED" operation="open" profile="p" name="/x" pid=1 comm="c" requested_mask="r"
// denied_mask="r"`
Reading apparmor(const Record& record, std::string_view body, model::Event& event,
                 EventSink& sink) {
  std::string name, profile, peer, target;
  const Lookup fields(body, record.style);
  const std::string_view verdict = fields.raw("apparmor");
  const bool denied = verdict == "DENIED";
  // Ubuntu moves a program that makes a user namespace into the profile unprivileged_userns, and
  // says so: understood, and no denial.
  if (verdict == "AUDIT" && fields.raw("operation") == "userns_create") return kUsed;
  if (!denied && verdict != "ALLOWED") return kForeign;
  LayerDenial denial;
  denial.layer = LayerDenial::Layer::Apparmor;
  denial.enforced = denied;
  denial.operation = fields.raw("operation");
  if (denial.operation.empty()) return damaged("record cut off before operation=");
  denial.permission =
      first_of({fields.raw("requested_mask"), fields.raw("requested"), fields.raw("denied_mask"),
                fields.raw("mask"), fields.raw("capname"), fields.raw("signal")});
  denial.subj = first_of({fields.text("profile", profile), fields.raw("label")});
  denial.target =
      first_of({fields.text("name", name), fields.raw("interface"), fields.raw("family")});
  denial.target_context = first_of(
      {fields.text("peer", peer), fields.raw("peer_label"), fields.text("target", target)});
  if (record.type == Type::UserAvc) {
    // The outer pid is dbus-daemon's, which only asked.
    event.pid = std::max<std::int64_t>(-1, fields.number("pid"));
    event.comm = event.exe = {};
  }
  if (denial.operation == "capable") {
    denial.capability = capability_number(fields.raw("capability"));
    denial.target = {};
  }
  return emit(denial, record, event, sink);
}

// SELINUX_ERR: `op=security_bounded_transition seresult=denied oldcontext=… newcontext=…`
Reading selinux_error(const Record& record, model::Event& event, EventSink& sink) {
  const Lookup fields(record.body, record.style);
  if (fields.raw("seresult") != "denied" &&
      record.body.find("invalid context") == std::string_view::npos)
    return kForeign;
  LayerDenial denial;
  denial.layer = LayerDenial::Layer::Selinux;
  denial.operation = fields.raw("op");
  denial.subj = first_of({fields.raw("oldcontext"), fields.raw("scontext")});
  denial.target_context = first_of({fields.raw("newcontext"), fields.raw("tcontext")});
  return emit(denial, record, event, sink);
}

// `domain=195ba459b blockers=fs.refer path="/usr/bin" dev="vda2" ino=351`
Reading landlock(const Record& record, const Companions* companions, model::Event& event,
                 EventSink& sink) {
  std::string path;
  const Lookup fields(record.body, record.style);
  LayerDenial denial;
  denial.layer = LayerDenial::Layer::Landlock;
  denial.subj = fields.raw("domain");
  denial.permission = fields.raw("blockers");
  if (companions != nullptr) denial.target_context = companions->maker;
  if (denial.permission.empty()) return damaged("record cut off before blockers=");
  std::string comm, address(fields.raw("daddr"));
  if (const std::string_view port = fields.raw("dest"); !port.empty())
    address.append(":").append(port);
  denial.target = first_of(
      {fields.text("path", path), fields.text("ocomm", comm), fields.raw("opid"), address});
  return emit(denial, record, event, sink);
}

// `ipe_op=EXECUTE ipe_hook=BPRM_CHECK enforcing=1 pid=2829 comm="x" path="/x" … rule="DEFAULT
// action=DENY"`
Reading ipe(const Record& record, model::Event& event, EventSink& sink) {
  std::string path;
  const Lookup fields(record.body, record.style);
  const std::string_view rule = fields.raw("rule");
  if (!rule.empty() && rule.find("action=DENY") == std::string_view::npos) return kForeign;
  LayerDenial denial;
  denial.layer = LayerDenial::Layer::Ipe;
  denial.enforced = fields.raw("enforcing") != "0";
  denial.operation = fields.raw("ipe_op");
  denial.permission = fields.raw("ipe_hook");
  denial.subj = rule;
  denial.target = fields.text("path", path);
  if (denial.operation.empty()) return damaged("record cut off");
  return emit(denial, record, event, sink);
}

// `op=appraise_data cause=invalid-hash comm="x" name="/x" dev= ino= res=0`; policy loads and the
// like say res=1.
Reading integrity(const Record& record, model::Event& event, EventSink& sink) {
  std::string name;
  const Lookup fields(record.body, record.style);
  if (fields.raw("res") != "0" && fields.raw("res") != "no") return kForeign;
  LayerDenial denial;
  denial.layer = LayerDenial::Layer::Integrity;
  denial.operation = fields.raw("op");
  denial.permission = fields.raw("cause");
  denial.target = fields.text("name", name);
  return emit(denial, record, event, sink);
}

}  // namespace

Reading read_denial(const Record& record, const Companions* companions, model::Event& event,
                    EventSink& sink) {
  std::string_view body = record.body;
  switch (record.type) {
    case Type::SelinuxErr: return selinux_error(record, event, sink);
    case Type::LandlockAccess: return landlock(record, companions, event, sink);
    case Type::IpeAccess: return ipe(record, event, sink);
    case Type::Integrity: return integrity(record, event, sink);
    default: break;
  }
  if (record.type == Type::UserAvc) {
    const std::string_view inner = find_field(body, "msg").value;
    if (!inner.empty()) body = inner;
  }
  if (body.find("apparmor=") != std::string_view::npos) return apparmor(record, body, event, sink);
  if (body.find("avc:") != std::string_view::npos)
    return selinux(record, body, companions, event, sink);
  // Other words of the object managers: `msg='avc: received policyload notice'` has avc:, Smack's
  // `lsm=SMACK … action=denied` has not.
  if (body.find("lsm=SMACK") != std::string_view::npos) {
    const Lookup fields(body, record.style);
    if (fields.raw("action") != "denied") return kForeign;
    LayerDenial denial;
    denial.operation = fields.raw("fn");
    denial.permission = fields.raw("requested");
    denial.subj = fields.raw("subject");
    denial.target_context = fields.raw("object");
    return emit(denial, record, event, sink);
  }
  return record.type == Type::UserAvc ? kForeign : damaged("record cut off");
}

}  // namespace medic::parsers::audit
