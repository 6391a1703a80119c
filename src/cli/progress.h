// A line on stderr that says how far a long reading is: on a terminal alone, after a second, and
// gone at the end.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cli/options.h"

namespace medic::cli {

// "1.2 GB of 3.4 GB, 410 MB/s, 5 s left". total 0: not known. Pure, for tests.
std::string progress_text(std::uint64_t done, std::uint64_t total, double seconds);

class Progress {
 public:
  // Shows the reading of these logs until the object goes. Nothing where stderr is no terminal, or
  // with --quiet.
  Progress(const std::vector<std::string>& logs, const CommonOptions& args);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void show();

  std::uint64_t total_ = 0, before_ = 0;
  bool ends_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::thread shown_by_;
};

}  // namespace medic::cli
