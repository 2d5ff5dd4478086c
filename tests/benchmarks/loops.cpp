// The gradient of tests/tools/works.py's Runge-Kutta by hand: a loop forward that keeps states, and one back.
// It is written once, for one trajectory and for a vector of them.
#include <cstring>
#include <vector>

template <class T> struct Slope {
    T a, b, c, d;
    void operator()(T x, T y, T &k, T &l) const { k = a * x - b * x * y; l = c * x * y - d * y; }
};

template <class T> static inline void pull(const Slope<T> &f, T x, T y, T u, T v, T &xb, T &yb, T *g) {
    xb = u * (f.a - f.b * y) + v * f.c * y;
    yb = v * (f.c * x - f.d) - u * f.b * x;
    g[0] += u * x; g[1] -= u * x * y; g[2] += v * x * y; g[3] -= v * y;
}

template <class T> static T one(const T *p, long steps, T *states, T *gradient) {
    const Slope<T> f{p[0], p[1], p[2], p[3]};
    const double h = 10.0 / steps;
    T x = T{} + 1.0, y = T{} + 0.5, k1, l1, k2, l2, k3, l3, k4, l4, g[4] = {};
    for (long i = 0; i < steps; i++) {
        states[2 * i] = x; states[2 * i + 1] = y;
        f(x, y, k1, l1); f(x + 0.5 * h * k1, y + 0.5 * h * l1, k2, l2);
        f(x + 0.5 * h * k2, y + 0.5 * h * l2, k3, l3); f(x + h * k3, y + h * l3, k4, l4);
        x += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4); y += h / 6.0 * (l1 + 2.0 * l2 + 2.0 * l3 + l4);
    }
    const T found = (x - 1.0) * (x - 1.0) + y * y;
    T xb = 2.0 * (x - 1.0), yb = 2.0 * y;
    for (long i = steps - 1; i >= 0; i--) {
        x = states[2 * i]; y = states[2 * i + 1];
        f(x, y, k1, l1); const T x2 = x + 0.5 * h * k1, y2 = y + 0.5 * h * l1;
        f(x2, y2, k2, l2); const T x3 = x + 0.5 * h * k2, y3 = y + 0.5 * h * l2;
        f(x3, y3, k3, l3); const T x4 = x + h * k3, y4 = y + h * l3;
        const double w = h / 6.0;
        T x1b, y1b, x2b, y2b, x3b, y3b, x4b, y4b;
        pull<T>(f, x4, y4, w * xb, w * yb, x4b, y4b, g);
        pull<T>(f, x3, y3, 2.0 * w * xb + h * x4b, 2.0 * w * yb + h * y4b, x3b, y3b, g);
        pull<T>(f, x2, y2, 2.0 * w * xb + 0.5 * h * x3b, 2.0 * w * yb + 0.5 * h * y3b, x2b, y2b, g);
        pull<T>(f, x, y, w * xb + 0.5 * h * x2b, w * yb + 0.5 * h * y2b, x1b, y1b, g);
        xb += x1b + x2b + x3b + x4b; yb += y1b + y2b + y3b + y4b;
    }
    for (int i = 0; i < 4; i++) gradient[i] = g[i];
    return found;
}

extern "C" double runge_kutta(const double *p, long steps, double *gradient) {
    static std::vector<double> states;
    states.resize(2 * steps);
    return one<double>(p, steps, states.data(), gradient);
}

typedef double Vector __attribute__((vector_size(64)));

// Of `count` trajectories, a multiple of 8: four rows of parameters in, four rows of a gradient out.
extern "C" void trajectories(const double *p, long steps, long count, double *gradient) {
    std::vector<Vector> states(2 * steps);
    for (long i = 0; i < count; i += 8) {
        Vector own[4], found[4];
        for (int k = 0; k < 4; k++) std::memcpy(&own[k], p + k * count + i, sizeof(Vector));
        one<Vector>(own, steps, states.data(), found);
        for (int k = 0; k < 4; k++) std::memcpy(gradient + k * count + i, &found[k], sizeof(Vector));
    }
}
