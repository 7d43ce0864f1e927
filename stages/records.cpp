#include "stages/records.hpp"
