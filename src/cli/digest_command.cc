// digest: logs and digests in, one digest out.
#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/growing_logs.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "io/growing.h"
#include "io/reader.h"

namespace medic::cli {
namespace {

// --name NAME or NAME@BEGIN/TOTAL. A name may hold an @ itself.
Result<SplitOf> split_of(const std::string& text) {
  const std::size_t at = text.rfind('@');
  const std::size_t slash = at == std::string::npos ? at : text.find('/', at);
  SplitOf out;
  out.name = text.substr(0, at);
  if (at == std::string::npos) return out;
  const auto begin = slash == std::string::npos
                         ? std::nullopt
                         : parse_decimal(std::string_view(text).substr(at + 1, slash - at - 1));
  const auto total = slash == std::string::npos
                         ? std::nullopt
                         : parse_decimal(std::string_view(text).substr(slash + 1));
  if (!begin || !total || *begin >= *total)
    return usage_failure<SplitOf>("--name wants NAME@BEGIN/TOTAL, in bytes");
  out.begin = *begin;
  out.total = *total;
  return out;
}

bool failed(const Problems& problems) {
  return std::any_of(problems.begin(), problems.end(),
                     [](const Problem& each) { return each.severity == Severity::Error; });
}

}  // namespace

int run_digest(const FoldOptions& args) {
  auto request = request_of(args);
  if (!request) return refuse(request.error());
  if (args.name.has_value()) {
    if (request->read.inputs.size() != 1) return refuse(usage_problem("--name is for one input"));
    auto split = split_of(args.name.value_or(""));
    if (!split) return refuse(split.error());
    request->read.split = std::move(*split);
  }
  request->read.split.like = args.like.value_or("");
  const std::string output = args.output.value_or("-");
  GrowingLogs growing(args);
  if (auto ready = growing.begin(request->read); !ready) return refuse(ready.error());

  auto made = [&] {
    const Progress progress(request->read.inputs, args);
    return make_digest(*request);
  }();
  if (!made) return refuse(made.error());
  const int given = tell(made->problems, args);
  // A digest of less than was asked for would be taken for the whole.
  if (failed(made->problems)) return given;
  if (const auto written =
          io::write_atomically(output, io::compressed(ledger::write_digest(made->digest)), "");
      !written)
    return refuse(written.error());
  return growing.finish(made->checkpoint);
}

}  // namespace medic::cli
