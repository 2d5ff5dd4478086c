// What a person would write by hand for the tasks of adbench.py: the objectives and their derivatives, derived on paper,
// one point or observation after the other, as ADBench's own module `manual` does. Built with and without -ffast-math.
#include <cmath>
#include <vector>

// The log-likelihood of a Gaussian mixture and its gradient, towards alphas (k), means (k, d) and inverse factors: of
// each the logarithms of the diagonal (d), then what is below it, column by column.
extern "C" double gmm(long n, long d, long k, double constant, double gamma, double m, const double* p, const double* X,
                      double* grad) {
    const long wide = d * (d + 1) / 2;
    const double *alphas = p, *means = p + k, *factors = means + k * d;
    double *d_alphas = grad, *d_means = grad + k, *d_factors = d_means + k * d, value = constant;
    for (long i = 0; i < k + k * d + k * wide; i++) grad[i] = 0;
    std::vector<double> diagonals(k * d), sums(k), away(k * d), rest(k * d), terms(k);
    for (long c = 0; c < k; c++)
        for (long i = 0; i < d; i++) {
            diagonals[c * d + i] = std::exp(factors[c * wide + i]);
            sums[c] += factors[c * wide + i];
        }
    for (long s = 0; s < n; s++) {
        double top = -INFINITY, total = 0;
        for (long c = 0; c < k; c++) {
            double *a = &away[c * d], *q = &rest[c * d], square = 0;
            const double* below = factors + c * wide + d;
            for (long i = 0; i < d; i++) {
                a[i] = X[s * d + i] - means[c * d + i];
                q[i] = diagonals[c * d + i] * a[i];
            }
            for (long j = 0; j < d; j++)
                for (long i = j + 1; i < d; i++) q[i] += *below++ * a[j];
            for (long i = 0; i < d; i++) square += q[i] * q[i];
            terms[c] = alphas[c] + sums[c] - 0.5 * square;
            if (terms[c] > top) top = terms[c];
        }
        for (long c = 0; c < k; c++) total += terms[c] = std::exp(terms[c] - top);
        value += top + std::log(total);
        for (long c = 0; c < k; c++) {
            const double share = terms[c] / total, *a = &away[c * d], *q = &rest[c * d];
            const double* below = factors + c * wide + d;
            double *d_mean = d_means + c * d, *d_diagonal = d_factors + c * wide, *d_below = d_diagonal + d;
            d_alphas[c] += share;
            for (long i = 0; i < d; i++) {
                d_mean[i] += share * diagonals[c * d + i] * q[i];
                d_diagonal[i] += share * (1 - diagonals[c * d + i] * q[i] * a[i]);
            }
            for (long j = 0; j < d; j++)
                for (long i = j + 1; i < d; i++) {
                    d_mean[j] += share * *below++ * q[i];
                    *d_below++ -= share * q[i] * a[j];
                }
        }
    }
    double top = -INFINITY, total = 0;
    for (long c = 0; c < k; c++) top = std::fmax(top, alphas[c]);
    for (long c = 0; c < k; c++) total += std::exp(alphas[c] - top);
    value -= n * (top + std::log(total));
    for (long c = 0; c < k; c++) {
        d_alphas[c] -= n * std::exp(alphas[c] - top) / total;
        const double *own = diagonals.data() + c * d, *below = factors + c * wide;
        double* slope = d_factors + c * wide;
        for (long i = 0; i < d; i++) {
            value += 0.5 * gamma * gamma * own[i] * own[i];
            slope[i] += gamma * gamma * own[i] * own[i] - m;
        }
        for (long i = d; i < wide; i++) {
            value += 0.5 * gamma * gamma * below[i] * below[i];
            slope[i] += gamma * gamma * below[i];
        }
        value -= m * sums[c];
    }
    return value;
}

// Blocks of the Jacobian of bundle adjustment: for each observation, two rows of derivatives towards its camera (11),
// its point (3) and its weight; then of each weight's own residual, 1 - w * w.
extern "C" void ba(long count, const double* cameras, const double* points, const double* weights,
                   const double* features, const long* of_camera, const long* of_point, double* rows, double* of_weight) {
    for (long s = 0; s < count; s++) {
        const double *r = cameras + 11 * of_camera[s], *centre = r + 3, *point = points + 3 * of_point[s];
        const double f = r[6], k1 = r[9], k2 = r[10], weight = weights[s];
        const double theta = std::sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]), sine = std::sin(theta);
        const double cosine = std::cos(theta), w[3] = {r[0] / theta, r[1] / theta, r[2] / theta};
        const double x[3] = {point[0] - centre[0], point[1] - centre[1], point[2] - centre[2]};
        const double dot = w[0] * x[0] + w[1] * x[1] + w[2] * x[2], along = dot * (1 - cosine);
        const double cross[3] = {w[1] * x[2] - w[2] * x[1], w[2] * x[0] - w[0] * x[2], w[0] * x[1] - w[1] * x[0]};
        double y[3], turn[3][3], spin[3][3];  // the point as the camera sees it; d y / d x; d y / d r
        for (int i = 0; i < 3; i++) y[i] = x[i] * cosine + cross[i] * sine + w[i] * along;
        const double hat_w[3][3] = {{0, -w[2], w[1]}, {w[2], 0, -w[0]}, {-w[1], w[0], 0}};
        const double hat_x[3][3] = {{0, -x[2], x[1]}, {x[2], 0, -x[0]}, {-x[1], x[0], 0}};
        for (int i = 0; i < 3; i++) {
            double towards_w[3], inner = 0;
            const double towards_theta = -x[i] * sine + cross[i] * cosine + w[i] * dot * sine;
            for (int j = 0; j < 3; j++) {
                turn[i][j] = (i == j) * cosine + hat_w[i][j] * sine + w[i] * w[j] * (1 - cosine);
                towards_w[j] = -hat_x[i][j] * sine + (1 - cosine) * (w[i] * x[j] + (i == j) * dot);
                inner += towards_w[j] * w[j];
            }
            for (int j = 0; j < 3; j++) spin[i][j] = towards_theta * w[j] + (towards_w[j] - inner * w[j]) / theta;
        }
        const double a = y[0] / y[2], b = y[1] / y[2], square = a * a + b * b;
        const double bend = 1 + k1 * square + k2 * square * square, slope = 2 * (k1 + 2 * k2 * square);
        const double u[2] = {a, b};
        for (int i = 0; i < 2; i++) {
            double* row = rows + 30 * s + 15 * i;
            const double towards_a = weight * f * ((i == 0) * bend + slope * u[i] * a);
            const double towards_b = weight * f * ((i == 1) * bend + slope * u[i] * b);
            const double towards[3] = {towards_a / y[2], towards_b / y[2], -(towards_a * a + towards_b * b) / y[2]};
            for (int j = 0; j < 3; j++) {
                row[j] = towards[0] * spin[0][j] + towards[1] * spin[1][j] + towards[2] * spin[2][j];
                row[11 + j] = towards[0] * turn[0][j] + towards[1] * turn[1][j] + towards[2] * turn[2][j];
                row[3 + j] = -row[11 + j];
            }
            row[6] = weight * u[i] * bend;
            row[7] = weight * (i == 0);
            row[8] = weight * (i == 1);
            row[9] = weight * f * u[i] * square;
            row[10] = row[9] * square;
            row[14] = f * u[i] * bend + r[7 + i] - features[2 * s + i];
        }
        of_weight[s] = -2 * weight;
    }
}
