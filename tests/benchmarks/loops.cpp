// The gradient of tests/tools/works.py's Runge-Kutta by hand: a loop forward that keeps states, and one back.
#include <vector>

struct Slope {
    double a, b, c, d;
    void operator()(double x, double y, double &k, double &l) const { k = a * x - b * x * y; l = c * x * y - d * y; }
};

static inline void pull(const Slope &f, double x, double y, double u, double v, double &xb, double &yb, double *g) {
    xb = u * (f.a - f.b * y) + v * f.c * y;
    yb = v * (f.c * x - f.d) - u * f.b * x;
    g[0] += u * x; g[1] -= u * x * y; g[2] += v * x * y; g[3] -= v * y;
}

extern "C" double runge_kutta(const double *p, long steps, double *gradient) {
    static std::vector<double> states;
    states.resize(2 * steps);
    const Slope f{p[0], p[1], p[2], p[3]};
    const double h = 10.0 / steps;
    double x = 1.0, y = 0.5, k1, l1, k2, l2, k3, l3, k4, l4, g[4] = {0.0, 0.0, 0.0, 0.0};
    for (long i = 0; i < steps; i++) {
        states[2 * i] = x; states[2 * i + 1] = y;
        f(x, y, k1, l1); f(x + 0.5 * h * k1, y + 0.5 * h * l1, k2, l2);
        f(x + 0.5 * h * k2, y + 0.5 * h * l2, k3, l3); f(x + h * k3, y + h * l3, k4, l4);
        x += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4); y += h / 6.0 * (l1 + 2.0 * l2 + 2.0 * l3 + l4);
    }
    const double found = (x - 1.0) * (x - 1.0) + y * y;
    double xb = 2.0 * (x - 1.0), yb = 2.0 * y;
    for (long i = steps - 1; i >= 0; i--) {
        x = states[2 * i]; y = states[2 * i + 1];
        f(x, y, k1, l1); const double x2 = x + 0.5 * h * k1, y2 = y + 0.5 * h * l1;
        f(x2, y2, k2, l2); const double x3 = x + 0.5 * h * k2, y3 = y + 0.5 * h * l2;
        f(x3, y3, k3, l3); const double x4 = x + h * k3, y4 = y + h * l3;
        const double w = h / 6.0;
        double x1b, y1b, x2b, y2b, x3b, y3b, x4b, y4b;
        pull(f, x4, y4, w * xb, w * yb, x4b, y4b, g);
        pull(f, x3, y3, 2.0 * w * xb + h * x4b, 2.0 * w * yb + h * y4b, x3b, y3b, g);
        pull(f, x2, y2, 2.0 * w * xb + 0.5 * h * x3b, 2.0 * w * yb + 0.5 * h * y3b, x2b, y2b, g);
        pull(f, x, y, w * xb + 0.5 * h * x2b, w * yb + 0.5 * h * y2b, x1b, y1b, g);
        xb += x1b + x2b + x3b + x4b; yb += y1b + y2b + y3b + y4b;
    }
    for (int i = 0; i < 4; i++) gradient[i] = g[i];
    return found;
}
