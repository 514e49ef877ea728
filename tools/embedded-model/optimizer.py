"""Muon for the matrices: momentum whose steps are made orthogonal by a few Newton-Schulz iterations."""

import torch


class Muon:
    """Every matrix has one side of `block`; it is updated in square blocks of that side."""

    def __init__(self, matrices, rate, block=256, decay=0.05):
        self.matrices, self.rate, self.block, self.decay = matrices, rate, block, decay
        self.momenta = [torch.zeros_like(m) for m in matrices]

    @torch.no_grad()
    def step(self, scale):
        """One update from the gradients, with the rate times scale."""
        updates = []
        for matrix, momentum in zip(self.matrices, self.momenta):
            momentum.mul_(0.95).add_(matrix.grad)
            updates.append(matrix.grad + 0.95 * momentum)
        blocks = iter(_orthogonal([b for u in updates for b in self._split(u)]))
        for matrix, update in zip(self.matrices, updates):
            if update.shape[0] == self.block:
                new = torch.cat([next(blocks) for _ in range(update.shape[1] // self.block)], 1)
            else:
                new = torch.cat([next(blocks).T for _ in range(update.shape[0] // self.block)], 0)
            matrix.mul_(1 - self.rate * scale * self.decay).add_(new, alpha=-self.rate * scale)

    def _split(self, update):
        if update.shape[0] == self.block:
            return list(update.split(self.block, 1))
        return [b.T for b in update.split(self.block, 0)]


def _orthogonal(blocks):
    x = torch.stack(blocks).to(torch.bfloat16)
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        a = x @ x.mT
        x = 3.4445 * x + (-4.775 * a + 2.0315 * a @ a) @ x
    return x.float()
