#include "stages/seal/envelope.hpp"

#include "engine/error.hpp"
#include "tests/stages/seal/seal_vectors.hpp"

#include <catch2/catch.hpp>

using namespace af;

namespace {

const std::string kPlain = "a text with a canary in it";
constexpr std::string_view kOtherGroup = "Zz1SbArXTPSVFNUvaOlinQ";

const KeyRing& ring() {
    static const KeyRing keys = KeyRing::from_pem(vector_ring(), "ring");
    return keys;
}

PublicKey public_key(int which = 0) { return PublicKey::from_pem(vector_public(which), "public"); }

std::string sealed() { return seal_text(public_key(), kPlain, vector_group()); }

// What opening says; "opened" when it does.
std::string refusal(const std::string& envelope, std::string_view group = vector_group(),
                    const KeyRing& keys = ring()) {
    try {
        open_text(keys, envelope, group);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::config);
        CHECK((std::string(error.what()) + error.advice()).find("canary") == std::string::npos);
        return error.what();
    }
    return "opened";
}

using Members = nlohmann::ordered_json;

std::string changed(const std::string& envelope, const char* name, const Members& value) {
    Members members = Members::parse(envelope);
    members[name] = value;
    return members.dump();
}

const std::string kCannot = "cannot decrypt credentials (kid=" + PublicKey::from_pem(vector_public(0), "").kid() + ")";

}  // namespace

TEST_CASE("what is sealed is opened again, of any size that fits, and never sealed the same way twice", "[seal]") {
    for (std::size_t size : {0, 1, 31, 32, 4096, 45000}) {
        const std::string plain(size, 'p');
        const std::string envelope = seal_text(public_key(), plain, vector_group());
        CHECK(envelope.find('\n') == std::string::npos);
        CHECK(open_text(ring(), envelope, vector_group()).view() == plain);
    }
    const Members one = Members::parse(sealed()), two = Members::parse(sealed());
    for (const char* name : {"ek", "iv", "ct", "tag"}) CHECK(one[name] != two[name]);
}

TEST_CASE("envelopes of another implementation are opened, with either key of the ring", "[seal]") {
    for (const auto& vector : seal_vectors()["envelopes"]) {
        const std::string envelope = vector["envelope"];
        CHECK(open_text(ring(), envelope, vector_group()).view() == vector["plain"].get<std::string>());
    }
}

TEST_CASE("a bit flipped in any field gives one and the same text", "[seal]") {
    const std::string envelope = sealed();
    const Members members = Members::parse(envelope);
    for (const char* name : {"ek", "iv", "ct", "tag"}) {
        std::string text = members[name];
        text[4] = text[4] == 'A' ? 'B' : 'A';
        INFO(name);
        CHECK(refusal(changed(envelope, name, text)) == kCannot);
    }
    for (const char* name : {"ek", "iv", "ct", "tag"}) CHECK(refusal(changed(envelope, name, "")) == kCannot);
    const std::string all_zero(344, 'A');
    CHECK(refusal(changed(envelope, "ek", all_zero)) == kCannot);
}

TEST_CASE("an envelope opens in its own task group only", "[seal]") {
    const std::string envelope = sealed();
    CHECK(refusal(envelope, kOtherGroup) == kCannot);
    CHECK(refusal(envelope, "") == "no task group id: credentials are sealed for one task group");
    CHECK(refusal(envelope, "a|b") == "the id of the task group is none");
    CHECK_THROWS_AS(seal_text(public_key(), kPlain, "short"), Error);
}

TEST_CASE("rotation: the ring opens envelopes of the old and the new key until the old one leaves it", "[seal]") {
    const std::string old = sealed();
    const PrivateKey fresh = PrivateKey::generate();
    const std::string fresh_pem(fresh.private_pem().view());
    const KeyRing both = KeyRing::from_pem(fresh_pem + vector_ring(), "ring");
    const KeyRing only_new = KeyRing::from_pem(fresh_pem, "ring");
    const std::string with_new = seal_text(PublicKey::from_pem(fresh.public_pem(), "public"), kPlain, vector_group());
    CHECK(open_text(both, old, vector_group()).view() == kPlain);
    CHECK(open_text(both, with_new, vector_group()).view() == kPlain);
    CHECK(refusal(old, vector_group(), only_new) == kCannot);
    CHECK(refusal(changed(old, "kid", fresh.kid()), vector_group(), both) ==
          "cannot decrypt credentials (kid=" + fresh.kid() + ")");
}

TEST_CASE("another version, cipher or form is refused before anything is decrypted", "[seal]") {
    const std::string envelope = sealed();
    CHECK(refusal(changed(envelope, "v", 2)) == "credentials envelope: of a version that is not known; this is 1");
    CHECK(refusal(changed(envelope, "v", "1")) == "credentials envelope: of a version that is not known; this is 1");
    CHECK(refusal(changed(envelope, "alg", "RSA1_5")) == "credentials envelope: \"alg\" is not RSA-OAEP-256");
    CHECK(refusal(changed(envelope, "alg", "RSA-OAEP")) == "credentials envelope: \"alg\" is not RSA-OAEP-256");
    CHECK(refusal(changed(envelope, "enc", "A256CBC-HS512")) == "credentials envelope: \"enc\" is not A256GCM");
    CHECK(refusal(changed(envelope, "kid", "../../etc/passwd")) ==
          "credentials envelope: \"kid\" is not 16 hex digits");
    CHECK(refusal(changed(envelope, "iv", "not base64!")) == "credentials envelope: \"iv\" is not base64");
    CHECK(refusal(changed(envelope, "extra", "x")) == "credentials envelope: a member is unknown to this version");
    for (const char* name : {"v", "kid", "alg", "enc", "ek", "iv", "ct", "tag"}) {
        Members members = Members::parse(envelope);
        members.erase(name);
        CHECK(refusal(members.dump()) == std::string("credentials envelope: \"") + name + "\" is missing");
    }
    CHECK(refusal("U2FsdGVkX18=") == "credentials envelope: not the JSON it should be: no '{' at byte 0");
}

TEST_CASE("an envelope above 64 KiB is neither read nor made", "[seal]") {
    CHECK(refusal(std::string(65537, ' ')) == "credentials envelope: 65537 bytes; at most 65536 are taken");
    CHECK_THROWS_WITH(seal_text(public_key(), std::string(50000, 'x'), vector_group()),
                      "credentials of 50000 bytes do not fit in an envelope");
}
