#include "read/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ledger/digest_hash.h"

namespace medic {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kSchema = "seccomp-medic/checkpoint/1";
constexpr std::size_t kFrontBytes = 4096;
constexpr std::size_t kMaxPlaces = 10000;

Problem bad(const std::string& file, std::string text) {
  Problem problem;
  problem.file = file;
  problem.text = std::move(text);
  problem.hint = "remove it to begin anew: everything is read again";
  return problem;
}

// A candidate with its beginning, read once.
struct Candidate {
  std::string path, front;
  std::uint64_t inode = 0;
};

bool is_at(const Place& place, const Candidate& file) {
  return place.front_bytes > 0 && place.front_bytes <= file.front.size() &&
         ledger::hash_of(
             std::string_view(file.front).substr(0, static_cast<std::size_t>(place.front_bytes)))
                 .hex() == place.front_hash;
}

const Place* place_of(const Candidate& file, const Checkpoint& checkpoint) {
  const Place* best = nullptr;
  for (const Place& place : checkpoint.places) {
    if (!is_at(place, file)) continue;
    // The same beginning twice: a copy. Then the inode decides, and else the one that got farther.
    if (best == nullptr || (place.inode == file.inode) > (best->inode == file.inode) ||
        ((place.inode == file.inode) == (best->inode == file.inode) &&
         place.offset > best->offset)) {
      best = &place;
    }
  }
  return best;
}

std::vector<Candidate> candidates_of(const std::vector<std::string>& paths) {
  std::vector<Candidate> out;
  for (const std::string& path : paths) {
    const auto status = io::file_status(path);
    const auto front = status ? io::front_of(path, kFrontBytes) : std::nullopt;
    out.push_back({path, front.value_or(""), status ? status->inode : 0});
  }
  return out;
}

std::string base_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Resumption resumption(const Candidate& file, const Place* place, bool is_newest) {
  Resumption out;
  out.path = file.path;
  out.inode = file.inode;
  const auto status = io::file_status(file.path);
  if (place != nullptr) {
    out.window.begin = place->offset;
    out.lines_before = place->lines;
  }
  // A rotated file does not grow: its last line is as whole as it will ever be.
  out.window.grows = is_newest && io::rotated_name(base_of(file.path)).age == 0;
  out.window.last_event_is_open = out.window.grows && status && status->changed_lately;
  return out;
}

void resume_file(const std::string& path, const Checkpoint& checkpoint,
                 std::vector<Resumption>& out, Problems& notes) {
  std::vector<Candidate> files = candidates_of(io::rotations_of(path));
  const auto named = std::find_if(files.begin(), files.end(),
                                  [&](const Candidate& each) { return each.path == path; });
  files.erase(named + 1, files.end());
  const auto known = std::find_if(files.begin(), files.end(), [&](const Candidate& each) {
    return place_of(each, checkpoint) != nullptr;
  });
  const std::string stem = io::rotated_name(path).stem;
  const bool was_read =
      std::any_of(checkpoint.places.begin(), checkpoint.places.end(),
                  [&](const Place& place) { return io::rotated_name(place.path).stem == stem; });
  auto first = known;
  if (known == files.end()) {
    first = was_read ? files.begin() : files.end() - 1;
    if (was_read) {
      Problem gone;
      gone.severity = Severity::Warning;
      gone.file = path;
      gone.text =
          "the file in which the last run stopped is gone: what was written there since is lost";
      gone.hint = "run more often than logs are rotated away";
      notes.push_back(std::move(gone));
    }
  }
  for (auto file = first; file != files.end(); ++file)
    out.push_back(resumption(*file, place_of(*file, checkpoint), file + 1 == files.end()));
}

}  // namespace

Result<Checkpoint> parse_checkpoint(std::string_view text, const std::string& file) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("schema", Json()) != kSchema || !json.contains("places") ||
      !json["places"].is_array()) {
    return fail(bad(file, fmt::format("is no checkpoint: {} is wanted", kSchema)));
  }
  Checkpoint out;
  if (json["places"].size() > kMaxPlaces) return fail(bad(file, "names too many files"));
  for (const Json& each : json["places"]) {
    Place place;
    const auto text_at = [&](const char* key) {
      return each.is_object() && each.contains(key) && each[key].is_string()
                 ? each[key].get<std::string>()
                 : std::string();
    };
    for (const auto& [key, to] : {std::pair{"inode", &place.inode},
                                  {"offset", &place.offset},
                                  {"lines", &place.lines},
                                  {"front_bytes", &place.front_bytes}}) {
      if (!each.is_object() || !each.contains(key) || !each[key].is_number_unsigned())
        return fail(bad(file, fmt::format("a place in it has no number '{}'", key)));
      *to = each[key].get<std::uint64_t>();
    }
    place.path = text_at("path");
    place.front_hash = text_at("front_hash");
    if (place.path.empty() || !ledger::ContentHash::from_hex(place.front_hash))
      return fail(bad(file, "a place in it has no path or no front_hash"));
    out.places.push_back(std::move(place));
  }
  return out;
}

std::string to_json(const Checkpoint& checkpoint) {
  Json places = Json::array();
  for (const Place& place : checkpoint.places) {
    places.push_back({{"path", place.path},
                      {"inode", place.inode},
                      {"offset", place.offset},
                      {"lines", place.lines},
                      {"front_bytes", place.front_bytes},
                      {"front_hash", place.front_hash}});
  }
  return Json{{"schema", kSchema}, {"places", places}}.dump(1, ' ', false,
                                                            Json::error_handler_t::replace) +
         "\n";
}

std::vector<Resumption> resume(const std::vector<std::string>& arguments,
                               const Checkpoint& checkpoint, Problems& notes) {
  std::vector<Resumption> out;
  for (const std::string& argument : arguments) {
    auto files = io::expand_input(argument);
    if (!files) {
      notes.push_back(std::move(files.error()));
      continue;
    }
    if (files->size() == 1 && files->front() == argument) {
      resume_file(argument, checkpoint, out, notes);
      continue;
    }
    for (const Candidate& file : candidates_of(*files))
      out.push_back(resumption(file, place_of(file, checkpoint), true));
  }
  return out;
}

std::optional<Place> place_after(const Resumption& file, std::uint64_t bytes_read,
                                 std::uint64_t lines_read) {
  Place place{file.path, file.inode, file.window.begin + bytes_read, file.lines_before + lines_read,
              0,         ""};
  const auto front = io::front_of(file.path, kFrontBytes);
  if (!front) return std::nullopt;
  place.front_bytes = std::min<std::uint64_t>({place.offset, front->size(), kFrontBytes});
  if (place.front_bytes == 0) return std::nullopt;
  place.front_hash = ledger::hash_of(std::string_view(*front).substr(
                                         0, static_cast<std::size_t>(place.front_bytes)))
                         .hex();
  return place;
}

std::string source_of(const std::string& path) {
  const auto status = io::file_status(path);
  const std::string front = io::front_of(path, kFrontBytes).value_or("");
  return fmt::format("{}:{}", status ? status->inode : 0,
                     ledger::hash_of(std::string_view(front).substr(0, front.find('\n'))).hex());
}

}  // namespace medic
