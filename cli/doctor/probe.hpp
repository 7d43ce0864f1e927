// What one check asks the network with: threads, an HTTP client, the stores. Few attempts, since somebody is waiting.
//
// Threads  the one that built it.
#pragma once

#include "engine/retry.hpp"
#include "stages/flow/session.hpp"

namespace af {

class Probe {
public:
    explicit Probe(const Environment& environment, const StoreOptions& store = {})
        : session_(store, environment, control_, 1) {}

    Session& session() noexcept { return session_; }
    std::stop_token token() const { return control_.token(); }
    Retrier retrier() { return {session_.clock(), seeded_random(), one_shot_policy()}; }

    // What stopped the program goes before what is only its consequence.
    template <class T>
    T wait(Task<T> task) {
        try {
            return session_.runtime().block_on(std::move(task));
        } catch (const Error& error) {
            throw control_.cause_of(error);
        }
    }

private:
    Control control_;
    Session session_;
};

}  // namespace af
