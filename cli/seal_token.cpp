#include "cli/seal_token.hpp"

#include "cli/key_files.hpp"
#include "stages/seal/sealed_credentials.hpp"
#include "stages/submit/federation_token.hpp"
#include "stages/text.hpp"

#include <fmt/format.h>

namespace af {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kMargin = minutes(30);  // a task that starts at the deadline's edge still reads
constexpr std::size_t kMostPrefixes = 8;
constexpr unsigned kNearlyFull = 90;  // percent of what STS packs a policy into

PublicKey read_key(const std::string& file, const std::string& kid) {
    if (file.empty())
        throw Error(ErrorKind::config, "no public key is named to seal the credentials for")
            .hint("--key FILE or AF_KEY; `af keygen` makes a pair");
    PublicKey key = read_public_key(file);
    if (key.kid() != kid)
        throw Error(ErrorKind::config,
                    fmt::format("{} is the key {}, and the plan was made for {}", file, key.kid(), kid))
            .about(file)
            .hint("give the key of the plan, or make a new plan");
    return key;
}

seconds token_life(const Plan& plan) {
    const seconds wanted = plan.tasks.deadline + kMargin;
    if (wanted > kLongestToken)
        throw Error(ErrorKind::config,
                    fmt::format("the deadline, {}, is beyond the life of a token: STS gives at most 36 h",
                                duration_text(static_cast<double>(plan.tasks.deadline.count()))))
            .hint("--deadline 35h or less; or --credentials auth, whose keys are renewed");
    return std::max(wanted, kShortestToken);
}

// The narrowest policy that STS takes.
std::string policy_of(const Plan& plan, const std::string& region) {
    std::vector<ObjectRef> objects;
    for (const Load& load : plan.loads) objects.insert(objects.end(), load.objects.begin(), load.objects.end());
    for (std::size_t most = kMostPrefixes;; most /= 2) {
        std::string policy = read_policy(common_prefixes(objects, most), region);
        if (policy.size() <= kMostPolicyBytes || most == 1) return policy;
    }
}

Task<FederationToken> ask(Cluster& cluster, StsOptions sts, FederationRequest request, std::stop_token stop) {
    Session& session = cluster.session();
    const AwsCredentials own = co_await session.credentials().current(stop);
    Retrier retrier{session.clock(), seeded_random(), one_shot_policy()};
    FederationToken token = co_await get_federation_token(session.http(), std::move(retrier), std::move(sts), own.keys,
                                                          std::move(request), stop);
    co_return token;
}

std::string sealed(const Plan& plan, const std::string& group_id, const std::string& key_file,
                   const Environment& environment, Cluster& cluster, Console& console) {
    const PublicKey key = read_key(key_file, plan.tasks.kid);
    FederationRequest request{federation_name(plan.notice.owner.empty() ? plan.job.name : plan.notice.owner),
                              policy_of(plan, cluster.session().region()), token_life(plan)};
    Result<StsOptions> sts = resolve_sts(environment, cluster.session().region());
    if (!sts) throw std::move(sts.error());
    const FederationToken token =
        cluster.wait(ClusterStep::token, ask(cluster, std::move(*sts), std::move(request), cluster.token()));
    if (token.packed_policy_percent > kNearlyFull)
        console.warn(fmt::format("the policy of the token takes {} % of what STS allows; a job over more places may be "
                                 "refused", token.packed_policy_percent));
    return seal_credentials(key, token.credentials, group_id);
}

}  // namespace

std::string seal_token(const Plan& plan, const std::string& group_id, const std::string& key_file,
                       const Environment& environment, Cluster& cluster, Console& console) {
    return in_step(ClusterStep::token,
                   [&] { return sealed(plan, group_id, key_file, environment, cluster, console); });
}

}  // namespace af
