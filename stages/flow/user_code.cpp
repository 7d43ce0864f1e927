#include "stages/flow/user_code.hpp"

#include "engine/own_process.hpp"

namespace af {

bool has_feeder(const ScriptSpec& code) noexcept {
    return code.language != Language::binary && code.language != Language::builtin;
}

ProcessSpec process_for(const ScriptSpec& code, std::string_view mode, std::vector<std::string> feeder_options,
                        std::chrono::seconds timeout, const Services& services) {
    ProcessSpec spec;
    const std::string script = std::filesystem::absolute(code.script).string();
    if (code.language == Language::native) {
        spec.argv = {own_program(), "native-feeder", std::string(mode), "--script", script};
        spec.argv.insert(spec.argv.end(), feeder_options.begin(), feeder_options.end());
        spec.argv.push_back("--");
    } else if (has_feeder(code)) {
        const bool python = code.language == Language::python;
        spec.argv = {python ? "python3" : "node",
                     (services.helpers / (python ? "feeder.py" : "feeder.js")).string(),
                     std::string(mode),
                     "--script",
                     script,
                     "--function",
                     code.function};
        spec.argv.insert(spec.argv.end(), feeder_options.begin(), feeder_options.end());
        spec.argv.push_back("--");
    } else {
        spec.argv = {script};
    }
    spec.argv.insert(spec.argv.end(), code.arguments.begin(), code.arguments.end());
    spec.environment = services.child_environment;
    spec.run_as = services.run_as;
    spec.name = code.script.filename().string();
    spec.hang_timeout = timeout;
    spec.on_stderr = [say = services.user_line, name = spec.name](std::string_view line) {
        if (say) say(name + ": " + std::string(line));
    };
    spec.on_status = spec.on_stderr;
    return spec;
}

}  // namespace af
