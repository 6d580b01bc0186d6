"""PyTorch as a person would write it for speed on a CPU: tensors ready in memory, minibatches taken by index."""

from itertools import chain

import torch
from torch import nn

from answering import answer_requests, random_samples


def make_network(sizes):
    """Dense layers with ReLU between them; the loss, or whoever predicts, adds the softmax."""
    layers = chain.from_iterable((nn.Linear(inputs, units), nn.ReLU()) for inputs, units in zip(sizes, sizes[1:]))
    network = nn.Sequential(*list(layers)[:-1])
    for layer in network:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return network


def make_optimizer(request, network):
    made = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[request["optimizer"]]
    return made(network.parameters(), lr=request["learningRate"])


def prepare_training(request):
    batch = request["batchSize"]
    count = batch * request["batches"]
    features, classes = (torch.from_numpy(array) for array in random_samples(request["sizes"], count))
    network = make_network(request["sizes"])
    optimizer = make_optimizer(request, network)
    loss_of = nn.CrossEntropyLoss()

    def minibatches():
        while True:
            yield from torch.randperm(count).split(batch)

    remaining = minibatches()

    def step():
        chosen = next(remaining)
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(network(features[chosen]), classes[chosen])
        loss.backward()
        optimizer.step()

    return step, 1


def prepare_inference(request):
    features = torch.from_numpy(random_samples(request["sizes"], request["samples"])[0])
    network = nn.Sequential(make_network(request["sizes"]), nn.Softmax(dim=1)).eval()

    def predict():
        with torch.no_grad():
            network(features)

    return predict, 1


# Small networks and nearly learned labels make numbers too small to be normal, which processors are slow with.
torch.set_flush_denormal(True)
answer_requests("PyTorch", torch.__version__, prepare_training, prepare_inference, torch.set_num_threads)
