"""What a Value is not."""

import autograd
from autograd import Value, backward, draw, sin

x = Value(0.5)

Value("0.5")  # refused
Value()  # refused
x + "1"  # refused
x * None  # refused
sin("0.5")  # refused
sin(x, x)  # refused
autograd.sine(x)  # refused
x.sine()  # refused
x.partials = (1.0,)  # refused
x.parents.append(x)  # refused
x.data = "1.0"  # refused
backward(x)  # refused
x.backward("1.0")  # refused
y: str = x * 2  # refused
n: int = x.data  # refused
draw(x, partial=True)  # refused
draw(x, direction=1)  # refused


class Number(Value):  # refused
    pass
