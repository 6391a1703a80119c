#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "io/bytes_read.h"
#include "io/reader.h"

namespace medic::cli {
namespace {

std::string bytes_text(double bytes) {
  constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  for (; bytes >= 1000 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1000;
  return fmt::format("{:.{}f} {}", bytes, bytes < 10 && unit > 0 ? 1 : 0, kUnits[unit]);
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
  if (whole < 100) return fmt::format("{} s", whole);
  return fmt::format("{} min {} s", whole / 60, whole % 60);
}

// Of what is a regular file; 0 where something else is among the logs, whose size nobody knows.
std::uint64_t size_of(const std::vector<std::string>& logs) {
  std::uint64_t total = 0;
  for (const std::string& log : logs) {
    const auto files = io::expand_input(log);
    if (log == "-" || !files) return 0;
    for (const std::string& file : *files) {
      struct stat info {};
      if (stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return 0;
      total += static_cast<std::uint64_t>(info.st_size);
    }
  }
  return total;
}

void write_to_terminal(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

std::string progress_text(std::uint64_t done, std::uint64_t total, double seconds) {
  const double speed = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string out = bytes_text(static_cast<double>(total > 0 ? std::min(done, total) : done));
  if (total > 0) out += " of " + bytes_text(static_cast<double>(total));
  out += fmt::format(" read, {}/s", bytes_text(speed));
  if (total > done && speed > 0)
    out += fmt::format(", {} left", duration_text(static_cast<double>(total - done) / speed));
  return out;
}

Progress::Progress(const std::vector<std::string>& logs, const CommonOptions& args) {
  if (args.quiet || isatty(STDERR_FILENO) != 1) return;
  total_ = size_of(logs);
  before_ = io::bytes_read().load(std::memory_order_relaxed);
  shown_by_ = std::thread([this] { show(); });
}

Progress::~Progress() {
  if (!shown_by_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  ended_.notify_one();
  shown_by_.join();
}

void Progress::show() {
  using Clock = std::chrono::steady_clock;
  constexpr auto kQuiet = std::chrono::milliseconds(1000), kStep = std::chrono::milliseconds(200);
  const auto begin = Clock::now();
  bool is_shown = false;
  std::unique_lock lock(mutex_);
  std::chrono::duration<double> wait = kQuiet;
  while (!ended_.wait_for(lock, wait, [this] { return ends_; })) {
    const std::chrono::duration<double> seconds = Clock::now() - begin;
    const std::uint64_t done = io::bytes_read().load(std::memory_order_relaxed) - before_;
    write_to_terminal("\r\x1b[K" + progress_text(done, total_, seconds.count()));
    is_shown = true;
    wait = kStep;
  }
  if (is_shown) write_to_terminal("\r\x1b[K");
}

}  // namespace medic::cli
