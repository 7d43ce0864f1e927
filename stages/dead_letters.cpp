#include "stages/dead_letters.hpp"

#include <nlohmann/json.hpp>

namespace af {

void DeadLetters::add(const ObjectRef& object, const BadRecord& bad) {
    if (path_.empty()) return;
    const nlohmann::ordered_json json{{"object", object.name},
                                      {"line", bad.line},
                                      {"kind", bad.kind},
                                      {"reason", bad.reason},
                                      {"record", bad.record}};
    try {
        if (!file_) file_.emplace(path_, staging_);
        file_->append(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    } catch (const Error&) {
        file_.reset();
        path_.clear();
        throw;
    }
}

std::optional<std::filesystem::path> DeadLetters::commit() {
    if (!file_) return std::nullopt;
    file_->commit();
    return path_;
}

}  // namespace af
