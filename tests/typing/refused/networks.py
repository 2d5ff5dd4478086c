"""Models and training with the wrong parts."""

from autograd import Value
from nn import MLP, SGD, Adam, fit, mse

model = MLP(2, [3, 1])

MLP(2)  # refused
MLP(2, 3)  # refused
MLP(2, [3, 1], seed="lucky")  # refused
model(1.0)  # refused
model.weights  # refused
SGD(model)  # refused
Adam([Value(1.0)], lr="fast")  # refused
Adam([1.0, 2.0])  # refused
fit(model, [[1.0, 2.0]], [1.0], "mse")  # refused
fit(model, [[1.0, 2.0]], [1.0], loss=3)  # refused
fit(model, [[1.0, 2.0]], [1.0], epoch=3)  # refused
mse(Value(1.0))  # refused
