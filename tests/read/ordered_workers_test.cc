// Whatever the threads do, what is finished is finished in the order in which it was given. Run
// under ThreadSanitizer too.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "read/block_queue.h"
#include "read/ordered_workers.h"

namespace {

using namespace medic;

struct Job {
  int number = 0;
  int result = 0;
};
using Workers = OrderedWorkers<Job>;

// Later jobs are done sooner, so that order does not come by itself.
void work_a_while(const Job& job) {
  std::this_thread::sleep_for(std::chrono::microseconds(job.number % 7 * 150));
}

std::vector<int> squares(int count) {
  std::vector<int> out;
  for (int i = 0; i < count; ++i) out.push_back(i * i);
  return out;
}

struct TextBlock : io::Block {
  explicit TextBlock(std::string given) : storage(std::move(given)) { text = storage; }
  std::string storage;
};

std::unique_ptr<Job> job(int number) {
  auto out = std::make_unique<Job>();
  out->number = number;
  return out;
}

}  // namespace

TEST_CASE("Jobs are finished in the order in which they were given, on the owner's thread") {
  constexpr int kJobs = 200;
  for (const unsigned threads : {0U, 1U, 2U, 3U, 8U}) {
    CAPTURE(threads);
    std::vector<int> finished;
    bool elsewhere = false;
    const auto owner = std::this_thread::get_id();
    const auto make_work = []() -> Workers::Work {
      return [](Job& each) {
        work_a_while(each);
        each.result = each.number * each.number;
      };
    };
    Workers workers(threads, make_work, [&](Job& each) {
      elsewhere = elsewhere || std::this_thread::get_id() != owner;
      finished.push_back(each.result);
    });
    CHECK(workers.has_threads() == (threads > 0));
    for (int i = 0; i < kJobs; ++i) workers.give(job(i));
    workers.finish_all();
    CHECK(finished == squares(kJobs));
    CHECK_FALSE(elsewhere);
    workers.give(job(kJobs));
    workers.finish_all();
    CHECK(finished == squares(kJobs + 1));
  }
}

TEST_CASE("Each thread works with what was made for it alone") {
  for (const unsigned threads : {0U, 1U, 4U}) {
    CAPTURE(threads);
    std::atomic<unsigned> made = 0;
    std::vector<int> sums(threads == 0 ? 1 : threads);  // one a thread: not guarded by anything
    const auto make_work = [&]() -> Workers::Work {
      int& own = sums.at(made++);
      return [&own](Job& each) {
        work_a_while(each);
        own += each.number;
      };
    };
    int finished = 0;
    {
      Workers workers(threads, make_work, [&](Job&) { ++finished; });
      for (int i = 1; i <= 100; ++i) workers.give(job(i));
      workers.finish_all();
    }
    CHECK(made == sums.size());
    CHECK(finished == 100);
    CHECK(std::accumulate(sums.begin(), sums.end(), 0) == 5050);
  }
}

TEST_CASE("No more jobs than threads are under way when give() returns") {
  constexpr unsigned kThreads = 3;
  int given = 0, finished = 0, most = 0;
  const auto make_work = []() -> Workers::Work { return [](Job& each) { work_a_while(each); }; };
  Workers workers(kThreads, make_work, [&](Job&) { ++finished; });
  for (int i = 0; i < 100; ++i) {
    workers.give(job(i));
    most = std::max(most, ++given - finished);
  }
  workers.finish_all();
  CHECK(most <= static_cast<int>(kThreads));
  CHECK(finished == 100);
}

TEST_CASE("What nobody waits for is dropped") {
  int finished = 0;
  {
    const auto make_work = []() -> Workers::Work { return [](Job& each) { work_a_while(each); }; };
    Workers workers(2, make_work, [&](Job&) { ++finished; });
    workers.give(job(6));
    workers.give(job(6));
  }
  CHECK(finished <= 2);
}

TEST_CASE("A job is begun while what it reads still comes") {
  struct Stream {
    std::shared_ptr<BlockQueue> queue = std::make_shared<BlockQueue>();
    std::string text;
  };
  std::string merged, wanted;
  const auto make_work = []() -> OrderedWorkers<Stream>::Work {
    return [](Stream& each) {
      for (auto block = each.queue->next(); block && *block; block = each.queue->next())
        each.text += (*block)->text;
    };
  };
  OrderedWorkers<Stream> workers(2, make_work, [&](Stream& each) { merged += each.text; });
  for (int i = 0; i < 20; ++i) {
    auto stream = std::make_unique<Stream>();
    const std::shared_ptr<BlockQueue> queue = stream->queue;
    workers.give(std::move(stream));
    for (int k = 0; k < 30; ++k) {
      const std::string line = std::to_string(i) + "." + std::to_string(k) + "\n";
      queue->push(std::make_unique<TextBlock>(line));
      queue->wait_for_room(4);
      wanted += line;
    }
    queue->close();
  }
  workers.finish_all();
  CHECK(merged == wanted);
}
