"""scikit-learn's MLPClassifier, an epoch of minibatches a call: a call for every single step takes three times as long."""

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier

from answering import answer_requests, random_samples


def make_classifier(sizes, batch, optimizer, learning_rate):
    return MLPClassifier(
        hidden_layer_sizes=sizes[1:-1],
        activation="relu",
        solver=optimizer,
        learning_rate_init=learning_rate,
        batch_size=batch,
        shuffle=True,
        random_state=1,
        # Plain gradient descent, and no penalty, like the others.
        momentum=0,
        nesterovs_momentum=False,
        alpha=0,
    )


def prepare_training(request):
    sizes, batch, batches = request["sizes"], request["batchSize"], request["batches"]
    features, classes = random_samples(sizes, batch * batches)
    classifier = make_classifier(sizes, batch, request["optimizer"], request["learningRate"])
    classifier.partial_fit(features, classes, classes=np.arange(sizes[-1]))
    return lambda: classifier.partial_fit(features, classes), batches


def prepare_inference(request):
    sizes, samples = request["sizes"], request["samples"]
    features, classes = random_samples(sizes, samples)
    few = 32
    classifier = make_classifier(sizes, few, "sgd", 0.01)
    # It has weights once it has been trained for a step.
    classifier.partial_fit(features[:few], classes[:few], classes=np.arange(sizes[-1]))
    return lambda: classifier.predict_proba(features), 1


answer_requests("scikit-learn", sklearn.__version__, prepare_training, prepare_inference)
