#include "profile/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_map>

namespace medic::profile {
namespace {

constexpr std::size_t kMaxNodes =
    2'000'000;  // a node is some 200 bytes: keeps "[0,0,0,…" below half a gigabyte

// Counts what the library has read, which is how we know where each token stands.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, std::size_t* consumed) : at_(at), consumed_(consumed) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*consumed_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }
  friend bool operator!=(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ != b.at_;
  }

 private:
  const char* at_;
  std::size_t* consumed_;
};

std::vector<std::size_t> find_line_starts(std::string_view text) {
  std::vector<std::size_t> starts{0};
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    starts.push_back(at + 1);
  return starts;
}

bool between_tokens(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == ':';
}

}  // namespace

std::string_view describe(JsonKind kind) {
  switch (kind) {
    case JsonKind::Null: return "null";
    case JsonKind::Bool: return "true or false";
    case JsonKind::Unsigned: return "a number";
    case JsonKind::Negative: return "a negative number";
    case JsonKind::Float: return "a number with a fraction, an exponent or more than 64 bits";
    case JsonKind::String: return "a string";
    case JsonKind::Array: return "an array";
    case JsonKind::Object: return "an object";
  }
  return "a value";
}

// The receiving end of nlohmann's parser. A callback comes right after its token was read; only a
// number is read one byte too far.
class JsonBuilder {
 public:
  JsonBuilder(JsonText& out, const std::size_t& consumed) : out_(out), consumed_(consumed) {}

  bool null() { return leaf(JsonKind::Null); }
  bool boolean(bool value) {
    const bool ok = leaf(JsonKind::Bool);
    if (ok) out_.nodes_.back().truth = value;
    return ok;
  }
  bool number_integer(std::int64_t) { return number(JsonKind::Negative, 0); }
  bool number_unsigned(std::uint64_t value) { return number(JsonKind::Unsigned, value); }
  bool number_float(double, const std::string&) { return number(JsonKind::Float, 0); }
  bool string(std::string& value) {
    const bool ok = leaf(JsonKind::String);
    if (ok) out_.nodes_.back().text = std::move(value);
    return ok;
  }
  bool binary(nlohmann::json::binary_t&) { return false; }
  bool key(std::string& value) {
    key_span_ = {token_begin(), consumed_};
    end_ = consumed_;
    key_ = std::move(value);
    return true;
  }
  bool start_object(std::size_t) { return open(JsonKind::Object); }
  bool start_array(std::size_t) { return open(JsonKind::Array); }
  bool end_object() {
    note_shadowed(out_.nodes_[stack_.back()]);
    return close();
  }
  bool end_array() { return close(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) {
    // `position` counts the bytes read, the offending one (or the end) included.
    Break broken{end_, std::min(position == 0 ? 0 : position - 1, out_.text_.size()), std::nullopt,
                 error.what()};
    if (!stack_.empty()) broken.opener = out_.nodes_[stack_.back()].span.begin;
    const Fix fix = fix_syntax(out_.text_, broken);
    problem = out_.problem_at(fix.offset, fix.what, fix.hint);
    return false;
  }

  std::optional<Problem> problem;

 private:
  std::size_t token_begin() const {
    std::size_t at = end_;
    while (at < out_.text_.size() && between_tokens(out_.text_[at])) ++at;
    return at;
  }

  bool add(JsonKind kind) {
    if (out_.nodes_.size() >= kMaxNodes) {
      problem = out_.problem_at(token_begin(), fmt::format("more than {} values", kMaxNodes),
                                "this is no seccomp profile");
      return false;
    }
    const auto id = static_cast<NodeId>(out_.nodes_.size());
    JsonNode& node = out_.nodes_.emplace_back();
    node.kind = kind;
    node.span = {token_begin(), consumed_};
    if (stack_.empty()) return true;
    JsonNode& parent = out_.nodes_[stack_.back()];
    node.parent = stack_.back();
    parent.children.push_back(id);
    if (parent.kind == JsonKind::Object) {
      node.key = std::move(key_);
      node.key_span = key_span_;
    }
    return true;
  }

  bool leaf(JsonKind kind) {
    if (!add(kind)) return false;
    end_ = consumed_;
    return true;
  }

  bool number(JsonKind kind, std::uint64_t value) {
    if (!add(kind)) return false;
    JsonNode& node = out_.nodes_.back();
    node.number = value;
    const std::size_t end = out_.text_.find_first_not_of("+-.0123456789eE", node.span.begin);
    node.span.end = end == std::string::npos ? out_.text_.size() : end;
    end_ = node.span.end;
    return true;
  }

  bool open(JsonKind kind) {
    if (stack_.size() >= kMaxDepth) {
      problem =
          out_.problem_at(token_begin(), fmt::format("nested more than {} levels deep", kMaxDepth),
                          "this is no seccomp profile");
      return false;
    }
    if (!add(kind)) return false;
    end_ = out_.nodes_.back().span.begin + 1;
    stack_.push_back(static_cast<NodeId>(out_.nodes_.size() - 1));
    return true;
  }

  bool close() {
    // `,` and `:` cannot stand before a closing bracket, so the skip leads to the bracket itself.
    end_ = token_begin() + 1;
    out_.nodes_[stack_.back()].span.end = end_;
    stack_.pop_back();
    return true;
  }

  void note_shadowed(const JsonNode& object) {
    std::unordered_map<std::string_view, NodeId> last;
    for (const NodeId child : object.children) {
      const auto [seen, fresh] = last.emplace(out_.nodes_[child].key, child);
      if (fresh) continue;
      out_.nodes_[seen->second].shadowed = true;
      seen->second = child;
    }
  }

  JsonText& out_;
  const std::size_t& consumed_;
  std::size_t end_ = 0;  // of the last token
  std::string key_;
  Span key_span_;
  std::vector<NodeId> stack_;
};

NodeId JsonText::member(NodeId object, std::string_view key) const {
  for (const NodeId child : nodes_[object].children) {
    if (nodes_[child].key == key && !nodes_[child].shadowed &&
        nodes_[object].kind == JsonKind::Object)
      return child;
  }
  return kNoNode;
}

Place JsonText::place(std::size_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<std::size_t>(after - line_starts_.begin());
  return {line, offset - line_starts_[line - 1] + 1};
}

Problem JsonText::problem_at(std::size_t offset, std::string what, std::string fix) const {
  const Place at = place(offset);
  const std::size_t begin = line_starts_[at.line - 1];
  std::size_t end = at.line < line_starts_.size() ? line_starts_[at.line] - 1 : text_.size();
  if (end > begin && text_[end - 1] == '\r') --end;
  return {Severity::Error,
          ProblemKind::Input,
          path_,
          at.line,
          at.column,
          std::move(what),
          text_.substr(begin, end - begin),
          std::move(fix)};
}

Result<JsonText> read_json(std::string text, std::string path) {
  JsonText out;
  out.path_ = std::move(path);
  if (text.size() > kMaxJsonBytes) {
    Problem problem;
    problem.file = out.path_;
    problem.text = fmt::format("{} bytes: larger than any seccomp profile", text.size());
    return fail(std::move(problem));
  }
  out.text_ = std::move(text);
  out.line_starts_ = find_line_starts(out.text_);
  if (const auto fix = not_json_at_all(out.text_))
    return fail(out.problem_at(fix->offset, fix->what, fix->hint));
  std::size_t consumed = 0;
  JsonBuilder builder(out, consumed);
  const char* begin = out.text_.data();
  const bool whole =
      nlohmann::json::sax_parse(CountingIterator(begin, &consumed),
                                CountingIterator(begin + out.text_.size(), &consumed), &builder);
  if (builder.problem) return fail(std::move(*builder.problem));
  if (!whole || out.nodes_.empty())
    return fail(
        out.problem_at(0, "no JSON value",
                       "a profile is a JSON object: { \"defaultAction\": …, \"syscalls\": […] }"));
  return out;
}

}  // namespace medic::profile
