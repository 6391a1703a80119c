#include "repair/json_patch.h"
#include "base/escape_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace medic::repair {
namespace {

using Json = nlohmann::ordered_json;
using nlohmann::json;

// RFC 6901: ~ and / within a key.
std::string token(std::string_view key) {
  std::string out;
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

// One element of the way from an old list to a new one.
struct Step {
  enum class Kind : std::uint8_t { Keep, Remove, Add } kind;
  std::size_t from = 0, to = 0;  // indices into the old and the new list
};

// The longest common subsequence; lists too long for its table are taken as wholly different
// between their common ends.
std::vector<Step> steps(const json& from, const json& to) {
  constexpr std::size_t kMostCells = std::size_t{1} << 22;
  std::size_t head = 0, from_end = from.size(), to_end = to.size();
  while (head < from_end && head < to_end && from[head] == to[head]) ++head;
  while (from_end > head && to_end > head && from[from_end - 1] == to[to_end - 1])
    --from_end, --to_end;
  const std::size_t rows = from_end - head, columns = to_end - head;
  std::vector<std::uint32_t> longest;
  const bool fits = (rows + 1) * (columns + 1) <= kMostCells;
  if (fits) longest.assign((rows + 1) * (columns + 1), 0);
  const auto at = [&](std::size_t i, std::size_t j) -> std::uint32_t& {
    return longest[i * (columns + 1) + j];
  };
  for (std::size_t i = fits ? rows : 0; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;)
      at(i, j) = from[head + i] == to[head + j] ? at(i + 1, j + 1) + 1
                                                : std::max(at(i + 1, j), at(i, j + 1));
  }
  std::vector<Step> out;
  for (std::size_t k = 0; k < head; ++k) out.push_back({Step::Kind::Keep, k, k});
  std::size_t i = 0, j = 0;
  while (i < rows || j < columns) {
    if (fits && i < rows && j < columns && from[head + i] == to[head + j]) {
      out.push_back({Step::Kind::Keep, head + i++, head + j++});
    } else if (i < rows && (j == columns || !fits || at(i + 1, j) >= at(i, j + 1))) {
      out.push_back({Step::Kind::Remove, head + i++, head + j});
    } else {
      out.push_back({Step::Kind::Add, head + i, head + j++});
    }
  }
  for (; from_end < from.size(); ++from_end, ++to_end)
    out.push_back({Step::Kind::Keep, from_end, to_end});
  return out;
}

class Differ {
 public:
  Json run(const json& before, const json& after) {
    todo_.push_back({"", &before, &after});
    while (!todo_.empty()) {
      const Pair pair = std::move(todo_.back());
      todo_.pop_back();
      if (*pair.before == *pair.after) continue;
      if (pair.before->is_object() && pair.after->is_object())
        object(pair);
      else if (pair.before->is_array() && pair.after->is_array())
        array(pair);
      else
        add("replace", pair.path, pair.after);
    }
    return std::move(patch_);
  }

 private:
  struct Pair {
    std::string path;
    const json* before;
    const json* after;
  };

  void add(const char* op, const std::string& path, const json* value) {
    Json step = {{"op", op}, {"path", path}};
    if (value != nullptr) step["value"] = Json::parse(value->dump());
    patch_.push_back(std::move(step));
  }

  void object(const Pair& pair) {
    const auto action = pair.before->find("action");
    if (action != pair.before->end()) add("test", pair.path + "/action", &*action);
    for (const auto& [key, value] : pair.before->items()) {
      const auto now = pair.after->find(key);
      if (now == pair.after->end())
        add("remove", pair.path + "/" + token(key), nullptr);
      else
        todo_.push_back({pair.path + "/" + token(key), &value, &*now});
    }
    for (const auto& [key, value] : pair.after->items()) {
      if (!pair.before->contains(key)) add("add", pair.path + "/" + token(key), &value);
    }
  }

  // Indices count in the list as it is after the steps before. A removed element that a new one
  // follows has been changed. Changes within elements are put off: the list's own steps must not
  // move it any more, so their paths count in the new list.
  void array(const Pair& pair) {
    const std::vector<Step> way = steps(*pair.before, *pair.after);
    std::size_t index = 0;
    for (std::size_t k = 0; k < way.size();) {
      if (way[k].kind == Step::Kind::Keep) {
        ++index, ++k;
        continue;
      }
      std::vector<std::size_t> removed, added;
      for (; k < way.size() && way[k].kind != Step::Kind::Keep; ++k) {
        if (way[k].kind == Step::Kind::Remove)
          removed.push_back(way[k].from);
        else
          added.push_back(way[k].to);
      }
      change(pair, index, removed, added);
      index += added.size();
    }
  }

  void change(const Pair& pair, std::size_t index, const std::vector<std::size_t>& removed,
              const std::vector<std::size_t>& added) {
    const std::size_t common = std::min(removed.size(), added.size());
    for (std::size_t k = 0; k < common; ++k)
      todo_.push_back({pair.path + "/" + std::to_string(index + k), &(*pair.before)[removed[k]],
                       &(*pair.after)[added[k]]});
    for (std::size_t k = common; k < removed.size(); ++k)
      add("remove", pair.path + "/" + std::to_string(index + common), nullptr);
    for (std::size_t k = common; k < added.size(); ++k)
      add("add", pair.path + "/" + std::to_string(index + k), &(*pair.after)[added[k]]);
  }

  std::vector<Pair> todo_;
  Json patch_ = Json::array();
};

bool gives(const json& before, const Json& patch, const json& after) {
  try {
    return before.patch(json::parse(patch.dump())) == after;
  } catch (const json::exception&) {
    return false;
  }
}

}  // namespace

Result<std::string> json_patch(std::string_view before, std::string_view after) {
  const json old = json::parse(before, nullptr, false), now = json::parse(after, nullptr, false);
  if (old.is_discarded() || now.is_discarded()) {
    Problem problem;
    problem.text = "a JSON patch needs JSON on both sides";
    return fail(std::move(problem));
  }
  Json patch = Differ().run(old, now);
  if (!gives(old, patch, now))
    patch = Json::array(
        {{{"op", "replace"}, {"path", ""}, {"value", Json::parse(after, nullptr, false)}}});
  return escape_json(patch.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace medic::repair
