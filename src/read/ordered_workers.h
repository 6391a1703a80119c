// Jobs that several threads do, finished one by one in the order in which they were given.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace medic {

// Belongs to the thread that makes it, which alone calls give() and finish_all(), and on which each
// job is finished. How many threads there are changes nothing that finish sees.
template <class Job>
class OrderedWorkers {
 public:
  using Work = std::function<void(Job&)>;

  // make_work is called once by each thread: what it returns is that thread's own, and need not be
  // safe for others. threads 0, or none to be had (RLIMIT_NPROC): the owner does the work itself,
  // within give(). What work throws is thrown by give() or finish_all(), and then nothing further
  // may be given.
  OrderedWorkers(unsigned threads, std::function<Work()> make_work, Work finish)
      : make_work_(std::move(make_work)), finish_(std::move(finish)) {
    threads_.reserve(threads);
    start(threads);
    limit_ = threads_.size();
    if (limit_ == 0) own_work_ = make_work_();
  }
  OrderedWorkers(const OrderedWorkers&) = delete;
  OrderedWorkers& operator=(const OrderedWorkers&) = delete;

  // Jobs that nobody has begun are dropped, and no further one is finished.
  ~OrderedWorkers() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
      waiting_.clear();
    }
    given_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  // Is a job given begun at once, so that what it needs may still come?
  bool has_threads() const { return limit_ > 0; }

  // Waits, finishing jobs meanwhile, while more jobs than threads are under way: so what jobs hold
  // is bounded.
  void give(std::unique_ptr<Job> job) {
    if (own_work_) {
      own_work_(*job);
      return finish_(*job);
    }
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(under_way_.emplace_back(std::make_unique<Entry>(std::move(job))).get());
    }
    given_.notify_one();
    finish_until(limit_);
  }

  // Returns when every job is finished. More may be given after it.
  void finish_all() { finish_until(0); }

 private:
  struct Entry {
    explicit Entry(std::unique_ptr<Job> given) : job(std::move(given)) {}
    std::unique_ptr<Job> job;
    bool is_done = false;
  };

  // As many as can be had: fewer are slower, and change nothing else.
  void start(unsigned threads) {
    try {
      while (threads_.size() < threads) threads_.emplace_back([this] { work_on(); });
    } catch (const std::system_error&) {
    }
  }

  // Finishes what is done, in order, until at most `leave` jobs are under way.
  void finish_until(std::size_t leave) {
    std::unique_lock lock(mutex_);
    while (!under_way_.empty() && (under_way_.size() > leave || under_way_.front()->is_done)) {
      done_.wait(lock, [this] { return failure_ != nullptr || under_way_.front()->is_done; });
      if (failure_ != nullptr) std::rethrow_exception(failure_);
      const std::unique_ptr<Entry> entry = std::move(under_way_.front());
      under_way_.pop_front();
      lock.unlock();
      finish_(*entry->job);
      lock.lock();
    }
  }

  // An exception that left a thread would end the program.
  void work_on() {
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
      done_.notify_one();
    }
  }

  void work() {
    const Work own = make_work_();
    for (;;) {
      Entry* entry = nullptr;
      {
        std::unique_lock lock(mutex_);
        given_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        entry = waiting_.front();
        waiting_.pop_front();
      }
      own(*entry->job);
      {
        const std::lock_guard lock(mutex_);
        entry->is_done = true;
      }
      done_.notify_one();
    }
  }

  std::size_t limit_ = 0;
  const std::function<Work()> make_work_;
  const Work finish_;
  Work own_work_;  // empty where there are threads
  std::mutex mutex_;
  std::condition_variable given_, done_;
  std::deque<Entry*> waiting_;                    // for a thread
  std::deque<std::unique_ptr<Entry>> under_way_;  // not yet finished, in the order given
  bool closing_ = false;
  std::exception_ptr failure_;  // of the first thread that had one
  std::vector<std::thread> threads_;
};

}  // namespace medic
