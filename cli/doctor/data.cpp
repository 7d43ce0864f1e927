#include "cli/doctor/data.hpp"

#include "cli/cluster.hpp"
#include "cli/doctor/probe.hpp"
#include "stages/filter/parse_filter.hpp"
#include "stages/submit/federation_token.hpp"
#include "stages/submit/query_index.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace af {
namespace {

// Valid, and nothing has such a name.
constexpr std::string_view kNothing = R"({"version":1,"dimensions":[)"
                                      R"({"field_name":"reason","allowed_values":["af_doctor_looks"]},)"
                                      R"({"field_name":"appName","allowed_values":["af_doctor_looks"]},)"
                                      R"({"field_name":"appUpdateChannel","allowed_values":["af_doctor_looks"]},)"
                                      R"({"field_name":"appVersion","allowed_values":["af_doctor_looks"]},)"
                                      R"({"field_name":"appBuildID","allowed_values":["af_doctor_looks"]},)"
                                      R"({"field_name":"submission_date","allowed_values":["af_doctor_looks"]}]})";

AwsProfile profile_of(const Environment& environment) {
    Result<AwsProfile> profile = read_profile(environment);
    if (!profile) throw Error(profile.error());
    return *std::move(profile);
}

AwsCredentials signer_of(Probe& probe, const Environment& environment) {
    const CredentialContext context{environment, profile_of(environment), probe.session().http(),
                                    probe.session().clock(), seeded_random()};
    return probe.wait(load_credentials(context, probe.token()));
}

std::string s3_place(const ChosenSettings& settings) {
    for (const char* name : {"input_root", "index"}) {
        const std::string place = settings.text(name);
        if (place.starts_with("s3://")) return place;
    }
    return "";
}

Finding list_one(const Environment& environment, const std::string& place) {
    Probe probe(environment);
    const ListPage page = probe.wait(probe.session().s3().list(place, "/", "", probe.token()));
    const std::size_t found = page.objects.size() + page.prefixes.size();
    if (found == 0)
        return warning(place + " can be listed, but nothing lies there", "check the prefix: af config get input_root");
    return ok(place + " can be listed");
}

Finding ask_index(const Environment& environment, const ChosenSettings& settings) {
    Probe probe(without_aws(environment), no_store());
    IndexQuery query;
    query.url = settings.text("index");
    query.filter_json = kNothing;
    query.root = settings.text("input_root");
    query.may_be_empty = true;
    const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())};
    Filter filter = parse_filter(kNothing, "af doctor", today);
    const std::string url = query.url;
    try {
        probe.wait(
            query_index(probe.session().http(), probe.retrier(), std::move(query), std::move(filter), probe.token()));
    } catch (Error& error) {
        throw std::move(error).during(url);
    }
    return ok(fmt::format("{} answers", url));
}

Finding look_for_file(const std::string& index) {
    std::error_code failed;
    const auto status = std::filesystem::status(index, failed);
    if (std::filesystem::exists(status)) return ok(index + " is there");
    return wrong(kExitIndex, fmt::format("there is no {}", index), "correct it: af config set index PLACE");
}

}  // namespace

Finding check_bucket(const Environment& environment, const ChosenSettings& settings) {
    return checked("bucket", std::nullopt,
                   "look at input_root, AWS_PROFILE and AWS_REGION, and whether this machine reaches it", [&] {
                       const std::string place = s3_place(settings);
                       if (place.empty()) return skipped("neither input_root nor index is in S3");
        if (settings.text("credentials") != "sealed" && !settings.text("index").starts_with("s3://"))
            return skipped("tasks read it with keys of their own, and nothing is listed from here");
                       return list_one(environment, place);
                   });
}

Finding check_index(const Environment& environment, const ChosenSettings& settings) {
    return checked("index", ClusterStep::index, "correct it: af config set index PLACE; or ask whoever runs it", [&] {
        const std::string index = settings.text("index");
        if (index.empty()) return skipped("none is set");
        if (is_index_url(index)) return ask_index(environment, settings);
        if (index == "-" || index.starts_with("s3://")) return skipped(index + " is no server");
        return look_for_file(index);
    });
}

Finding check_token(const Environment& environment, const ChosenSettings& settings) {
    return checked(
        "STS", ClusterStep::token,
        "look at AWS_PROFILE, AWS_REGION and AWS_ENDPOINT_URL_STS, and whether this machine reaches it", [&] {
            if (settings.text("credentials") != "sealed") return skipped("not needed: credentials are not sealed");
            Probe probe(environment);
            const std::string region = aws_region(environment, profile_of(environment));
            const Result<StsOptions> sts = resolve_sts(environment, region);
            if (!sts) throw Error(sts.error());
            const ReadPrefix nothing{"af-doctor-reads-nothing", "nothing/"};
            FederationRequest request{federation_name("af-doctor"), read_policy({&nothing, 1}, region), kShortestToken};
            const AwsCredentials signer = signer_of(probe, environment);
            probe.wait(get_federation_token(probe.session().http(), probe.retrier(), *sts, signer.keys,
                                            std::move(request), probe.token()));
            return ok(fmt::format("{} gives tokens to {}", sts->url, signer.source));
        });
}

}  // namespace af
