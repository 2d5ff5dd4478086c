"""det: a determinant by expansion along the first row, minor by minor."""

from autograd import grad


def prepare(given):
    n, numbers = given["ell"], given["A"]
    return ([numbers[i * n : (i + 1) * n] for i in range(n)],)


def determinant(rows):
    if len(rows) == 1:
        return rows[0][0]
    total = 0.0
    for j, entry in enumerate(rows[0]):
        minor = entry * determinant([row[:j] + row[j + 1 :] for row in rows[1:]])
        total = total - minor if j % 2 else total + minor
    return total


def finish(found):
    return [x for row in found for x in row] if isinstance(found, list) else found


FUNCTIONS = {"primal": determinant, "gradient": grad(determinant)}
