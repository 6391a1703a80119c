#include "attribute/tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace medic::attribute {
namespace {

constexpr std::size_t kMaxIndent = 40;

std::string owner_text(const Owner& owner) {
  std::string out = owner.is_container() ? "container " : "unit ";
  out += !owner.is_container() ? owner.unit
         : !owner.name.empty() ? owner.name
         : !owner.id.empty()   ? owner.id.substr(0, 12)
                               : "of pod " + owner.pod;
  if (owner.is_container() && !owner.name.empty() && !owner.id.empty() && owner.name != owner.id)
    out += " (" + owner.id.substr(0, 12) + ")";
  if (!owner.pod.empty() && !owner.name.empty()) out += ", pod " + owner.pod;
  out += fmt::format(" [{}: {}]", model::name(owner.certainty), owner.reason);
  for (const std::string& each : owner.contradictions) out += "; but " + each;
  return out;
}

std::string process_text(const Process& process) {
  std::string out = fmt::format("{} {}", process.pid, process.comm.empty() ? "?" : process.comm);
  if (!process.exe.empty() && process.exe != process.comm) out += " " + process.exe;
  if (process.runtime != nullptr && !process.runtime->id.empty())
    out += fmt::format(" ({} {})", process.runtime->engine, process.runtime->id);
  if (process.death_seen) out += " (ended)";
  return out;
}

class Printer {
 public:
  Printer(const Attribution& owners, std::size_t max_lines)
      : owners_(owners), max_lines_(max_lines) {
    const std::size_t count = owners.table().processes().size();
    children_.resize(count);
    for (ProcessIndex i = 0; i < count; ++i) {
      const ProcessIndex parent = owners.parent(i);
      if (parent == kNoProcess || parent == i)
        roots_.push_back(i);
      else
        children_[parent].push_back(i);
    }
  }

  std::string print() {
    printed_.resize(children_.size());
    for (const ProcessIndex root : roots_) print_from(root);
    // Whatever was not reached hangs in a circle that damaged numbers made.
    for (ProcessIndex i = 0; i < children_.size(); ++i) print_from(i);
    if (left_out_ > 0) out_ += fmt::format("… and {} more\n", left_out_);
    return std::move(out_);
  }

 private:
  void print_from(ProcessIndex root) {
    std::vector<std::pair<ProcessIndex, std::size_t>> stack{{root, 0}};
    while (!stack.empty()) {
      const auto [index, depth] = stack.back();
      stack.pop_back();
      if (printed_[index]) continue;
      printed_[index] = true;
      line(index, depth);
      for (auto child = children_[index].rbegin(); child != children_[index].rend(); ++child)
        stack.emplace_back(*child, depth + 1);
    }
  }

  void line(ProcessIndex index, std::size_t depth) {
    if (lines_++ >= max_lines_) {
      ++left_out_;
      return;
    }
    const Process& process = owners_.table().processes()[index];
    std::string text = process_text(process);
    if (depth == 0 && process.first_ppid > 0)
      text += fmt::format(", child of {}", process.first_ppid);
    if (depth == 0 && !process.host.empty()) text += ", host " + process.host;
    const Owner* owner = owners_.owner(index);
    const ProcessIndex parent = owners_.parent(index);
    const Owner* above = depth == 0 || parent == kNoProcess ? nullptr : owners_.owner(parent);
    if (owner != nullptr &&
        (above == nullptr || above->key != owner->key || above->reason != owner->reason))
      text += "  — " + owner_text(*owner);
    out_ += std::string(std::min(depth * 2, kMaxIndent), ' ') + escape_for_terminal(text) + "\n";
  }

  const Attribution& owners_;
  const std::size_t max_lines_;
  std::vector<std::vector<ProcessIndex>> children_;
  std::vector<ProcessIndex> roots_;
  std::vector<bool> printed_;
  std::string out_;
  std::size_t lines_ = 0, left_out_ = 0;
};

}  // namespace

std::string tree_text(const Attribution& owners, std::size_t max_lines) {
  if (owners.table().processes().empty()) return "The logs speak of no process.\n";
  return Printer(owners, max_lines).print();
}

}  // namespace medic::attribute
