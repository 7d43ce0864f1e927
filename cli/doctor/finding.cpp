#include "cli/doctor/finding.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace af {

std::string_view word_of(Finding::State state) noexcept {
    switch (state) {
        case Finding::State::ok: return "ok";
        case Finding::State::warning: return "warning";
        case Finding::State::wrong: return "wrong";
        case Finding::State::skipped: return "skipped";
    }
    return "";
}

Finding ok(std::string text) { return {{}, Finding::State::ok, std::move(text), {}, 0}; }

Finding warning(std::string text, std::string advice) {
    return {{}, Finding::State::warning, std::move(text), std::move(advice), 0};
}

Finding skipped(std::string why) { return {{}, Finding::State::skipped, std::move(why), {}, 0}; }

Finding wrong(int status, std::string text, std::string advice) {
    return {{}, Finding::State::wrong, std::move(text), std::move(advice), status};
}

Finding checked(std::string_view check, std::optional<ClusterStep> step, std::string_view advice,
                const std::function<Finding()>& look) {
    Finding finding;
    try {
        finding = look();
    } catch (const Error& error) {
        const auto kind = error.kind();
        if (kind == ErrorKind::interrupted || kind == ErrorKind::terminated || kind == ErrorKind::cancelled) throw;
        const auto* failed = dynamic_cast<const Failed*>(&error);
        const int of_step = step ? status_of(*step, kind) : cli_exit_status(kind);
        finding = wrong(failed ? failed->status() : of_step, error.what(),
                        error.advice().empty() ? std::string(advice) : error.advice());
    }
    finding.check = check;
    return finding;
}

std::string line_of(const Finding& finding) {
    std::string line = fmt::format("{:<8} {}: {}", word_of(finding.state), finding.check, escaped(finding.text));
    if (!finding.advice.empty()) line += fmt::format(" -> {}", escaped(finding.advice));
    return line + "\n";
}

std::string json_of(const Finding& finding) {
    const nlohmann::ordered_json row{{"check", finding.check},
                                     {"state", word_of(finding.state)},
                                     {"text", finding.text},
                                     {"advice", finding.advice},
                                     {"code", finding.status}};
    return row.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace af
