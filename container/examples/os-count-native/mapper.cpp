// Counts pings by the member of "info" that the job names in its arguments (OS when it names none), with a state of its
// own and a counter.
#include <af_mapper.h>

#include <string>
#include <string_view>

namespace {

struct State {
    std::string field;
};

int init(int argc, const char *const *argv, const af_output *, void **state) {
    *state = new State{std::string("\"") + (argc > 0 ? argv[0] : "OS") + "\": \""};
    return 0;
}

int map(void *state, const af_record *record, const af_output *out) {
    const std::string &field = static_cast<State *>(state)->field;
    const std::string_view json(record->value.data, record->value.size);
    std::size_t begin = json.find(field);
    if (begin == json.npos) {
        out->count(out->context, "os-count", "without", 1);
        return 0;
    }
    begin += field.size();
    const std::string_view value = json.substr(begin, json.find('"', begin) - begin);
    return out->emit(out->context, value.data(), value.size(), "1", 1);
}

int finish(void *state, const af_output *) {
    delete static_cast<State *>(state);
    return 0;
}

}  // namespace

extern "C" const af_mapper *af_mapper_v1(void) {
    static constexpr af_mapper mapper{sizeof(af_mapper), AF_MAPPER_ABI, init, map, finish};
    return &mapper;
}
