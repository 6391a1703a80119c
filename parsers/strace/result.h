// The result column: what follows ` = `.
#pragma once

#include <optional>
#include <string_view>

#include "model/event.h"

namespace medic::parsers::strace {

struct ResultColumn {
  model::Outcome outcome;
  bool question = false;        // `?`: the call never returned
  bool restarts = false;        // `? ERESTART…`: interrupted, to be restarted
  std::int64_t outer_pid = -1;  // `2 /* 3801 in strace's PID NS */`
};

// text: all behind `= `. Nothing when it is no result as strace writes one.
std::optional<ResultColumn> read_result(std::string_view text);

}  // namespace medic::parsers::strace
