// What a ledger keeps beside calls: denials by other layers, deaths and losses; bounded, all
// counted.
#include <algorithm>

#include "ledger/example.h"
#include "ledger/ledger.h"
#include "ledger/moments.h"
#include "model/security_label.h"

namespace medic::ledger {
namespace {

void keep_first(std::vector<Example>& examples, std::vector<Example>&& more) {
  for (Example& example : more) examples.push_back(std::move(example));
  std::stable_sort(examples.begin(), examples.end(),
                   [](const Example& a, const Example& b) { return before(a.origin, b.origin); });
  if (examples.size() > Observation::kMaxExamples) examples.resize(Observation::kMaxExamples);
}

}  // namespace

void Ledger::add_denial(const model::Event& event, const model::LayerDenial& denial,
                        attribute::ProcessIndex process) {
  LayerDenial record;
  record.subj = subj_of(event, process);
  record.pid = event.pid;
  record.layer = denial.layer;
  record.enforced = denial.enforced;
  record.operation = std::string(denial.operation.substr(0, kExampleBytes));
  record.permission = std::string(denial.permission.substr(0, kExampleBytes));
  record.profile = std::string(denial.subj.substr(0, kExampleBytes));
  record.target = std::string(denial.target.substr(0, kExampleBytes));
  record.target_context = std::string(denial.target_context.substr(0, kExampleBytes));
  record.capability = denial.capability;
  record.provenance = event.provenance;
  record.count = 1;
  record.first = record.last = event.time;
  record.examples.push_back(example_of(event, kExampleBytes));
  add_denial(std::move(record));
}

namespace {

// What distinguishes denials.
std::string key_of(const LayerDenial& record) {
  const Subject& who = record.subj;
  std::string key = std::to_string(who.process) + ' ' + std::to_string(who.host) + ' ' +
                    std::to_string(who.comm) + ' ' + std::to_string(who.exe) + ' ' +
                    std::to_string(who.label) + ' ' +
                    std::to_string(static_cast<int>(record.layer)) + (record.enforced ? "+" : "-") +
                    std::to_string(record.capability) + ' ' + std::string(name(record.provenance));
  for (const std::string* field : {&record.operation, &record.permission, &record.profile,
                                   &record.target, &record.target_context}) {
    key += '\0';
    key += *field;
  }
  return key;
}

// Who met it is given up first, then on what.
void give_up_part(LayerDenial& record) {
  if (record.pid < 0 && record.subj.process == attribute::kNoProcess) {
    record.target.clear();
    record.target_context.clear();
    record.profile.clear();
  }
  record.pid = -1;
  record.subj = Subject{};
  record.profile = model::without_instance(record.profile);
  record.target_context = model::without_instance(record.target_context);
}

}  // namespace

void Ledger::add_denial(LayerDenial record) {
  for (std::size_t tier = 1; tier <= kDenialTiers; ++tier) {
    std::string key = key_of(record);
    const auto found = denial_index_.find(key);
    if (found != denial_index_.end()) {
      LayerDenial& mine = layer_denials_[found->second];
      mine.count += record.count;
      widen(mine.first, mine.last, record.first, record.last);
      return keep_first(mine.examples, std::move(record.examples));
    }
    if (layer_denials_.size() < tier * kMaxDenials) {
      denial_index_.emplace(std::move(key), static_cast<std::uint32_t>(layer_denials_.size()));
      layer_denials_.push_back(std::move(record));
      return;
    }
    if (tier == 1) ++folded_;
    give_up_part(record);
  }
}

void Ledger::add_abend(const model::Event& event, const model::Abend& abend,
                       attribute::ProcessIndex process) {
  add_abend({subj_of(event, process), event.pid, abend.signal, example_of(event, kExampleBytes), 1,
             event.provenance});
}

// Beyond the bound deaths by the same signal are counted together.
void Ledger::add_abend(Abend abend) {
  constexpr std::size_t kMaxKinds = 256;  // of signals and provenances together
  if (abends_.size() < kMaxDenials) {
    abends_.push_back(std::move(abend));
    return;
  }
  ++folded_;
  const auto same =
      std::find_if(abends_.begin() + kMaxDenials, abends_.end(), [&](const Abend& each) {
        return each.signal == abend.signal && each.provenance == abend.provenance;
      });
  if (same != abends_.end()) {
    same->count += abend.count;
  } else if (abends_.size() < kMaxDenials + kMaxKinds) {
    abend.subj = Subject{};
    abend.pid = -1;
    abends_.push_back(std::move(abend));
  }
}

void Ledger::add_loss(const model::Event& event, const model::Loss& loss) {
  add_loss({loss.kind, 1, loss.count, std::string(loss.text.substr(0, kExampleBytes)),
            example_of(event, kExampleBytes)});
}

void Ledger::add_loss(Loss&& loss) {
  const auto found = std::find_if(losses_.begin(), losses_.end(),
                                  [&](const Loss& mine) { return mine.kind == loss.kind; });
  if (found == losses_.end()) {
    losses_.push_back(std::move(loss));
    return;
  }
  found->notices += loss.notices;
  // The kernel says the sum of all it lost since it booted, again and again (kernel/audit.c,
  // audit_log_lost).
  const bool is_sum = loss.text.find("audit_lost=") != std::string::npos;
  if (is_sum && found->text.find("audit_lost=") == std::string::npos) found->text = loss.text;
  found->count = is_sum ? std::max(found->count, loss.count) : found->count + loss.count;
}

}  // namespace medic::ledger
