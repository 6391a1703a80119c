// Blocks handed from the thread that reads an input to the one that parses a segment of it.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>

#include "io/reader.h"

namespace medic {

class BlockQueue : public io::Reader {
 public:
  void push(std::unique_ptr<io::Block> block) {
    const std::lock_guard lock(mutex_);
    blocks_.push_back(std::move(block));
    changed_.notify_all();
  }
  // No more will be pushed: next() gives null behind the last one. Must be called.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  // Waits until at most `most` blocks are waiting.
  void wait_for_room(std::size_t most) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return blocks_.size() <= most; });
  }
  Result<std::unique_ptr<io::Block>> next() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !blocks_.empty(); });
    if (blocks_.empty()) return std::unique_ptr<io::Block>();
    auto block = std::move(blocks_.front());
    blocks_.pop_front();
    changed_.notify_all();
    return block;
  }
  std::string_view compression() const override { return {}; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<io::Block>> blocks_;
  bool closed_ = false;
};

}  // namespace medic
