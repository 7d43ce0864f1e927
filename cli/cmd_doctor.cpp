// cli/cmd_doctor.cpp - "af doctor": everything a submission needs, looked at before it is needed.
#include "cli/command.hpp"
#include "cli/doctor/data.hpp"
#include "cli/doctor/image.hpp"
#include "cli/doctor/key.hpp"
#include "cli/doctor/machine.hpp"
#include "cli/doctor/taskcluster.hpp"
#include "engine/file.hpp"

#include <CLI/App.hpp>
#include <memory>

namespace af {
namespace {

constexpr const char* kHelp =
    "Looks at everything a submission needs: one line each, what is well, what is wrong and what to do. It looks at\n"
    "settings, disks, Taskcluster's address, this clock, credentials, scopes, image, key, STS, bucket, index.\n"
    "It goes on after what is wrong, and changes nothing.\n"
    "\n"
    "example: af doctor\n"
    "exit status: 0 nothing is wrong | that of the first check that is: 2 settings | 6 Taskcluster | 7 index | 8 STS, "
    "key |\n"
    "  11 network | 66 missing | 69 refused | 73 disk full | 78 a settings file";

struct DoctorOptions {
    SettingOptions settings;
    bool json = false;
};

// Prints each finding as it comes, and keeps the first status.
class Findings {
public:
    explicit Findings(bool json) : json_(json) {}

    void add(const Finding& finding) {
        write_stdout(json_ ? json_of(finding) : line_of(finding));
        if (status_ == 0 && finding.state == Finding::State::wrong) status_ = finding.status;
    }
    int status() const noexcept { return status_; }

private:
    bool json_;
    int status_ = 0;
};

void look_at_taskcluster(const Environment& environment, const ChosenSettings& settings, Findings& report) {
    const RootAnswer root = check_root_url(environment);
    report.add(root.finding);
    report.add(clock_finding(std::chrono::system_clock::now(), root.server_time));
    std::optional<Cluster> cluster;
    Finding credentials = checked("credentials", ClusterStep::taskcluster, kSignInAdvice, [&] {
        if (!root.answers) return skipped("nobody to show them to");
        cluster.emplace(environment);
        return check_credentials(*cluster);
    });
    report.add(credentials);
    const bool can_ask = credentials.state == Finding::State::ok || credentials.state == Finding::State::warning;
    Cluster* const asked = can_ask ? &*cluster : nullptr;
    report.add(check_scopes(asked, settings));
    report.add(check_image(environment, settings.text("image")));
    report.add(check_key(asked, settings));
}

int doctor(const DoctorOptions& options) {
    const Environment environment = process_environment;
    Findings report(options.json);
    Settings found;
    report.add(check_settings(environment, std::filesystem::current_path(), found));
    const ChosenSettings settings(std::move(found), options.settings);
    report.add(check_state_folder(environment));
    report.add(check_disk(environment));
    look_at_taskcluster(environment, settings, report);
    report.add(check_token(environment, settings));
    report.add(check_bucket(environment, settings));
    report.add(check_index(environment, settings));
    return report.status();
}

}  // namespace

void add_doctor(CLI::App& app, Action& chosen) {
    auto options = std::make_shared<DoctorOptions>();
    CLI::App* command = app.add_subcommand("doctor", kHelp);
    command->add_flag("--json", options->json, "one JSON object a line");
    add_setting_options(*command, options->settings,
                        {"task_queue", "credentials", "image", "index", "input_root", "key", "key_secret", "owner"});
    command->callback([&chosen, options] { chosen = [options] { return doctor(*options); }; });
}

}  // namespace af
