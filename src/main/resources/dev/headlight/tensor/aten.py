class Aten(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  def gelu_tanh(self: __torch__.Aten,
    x: Tensor) -> Tensor:
    return torch.gelu(x, approximate="tanh")
  def silu(self: __torch__.Aten,
    x: Tensor) -> Tensor:
    return torch.silu(x)
  def rms_norm(self: __torch__.Aten,
    x: Tensor,
    gain: Tensor,
    eps: float) -> Tensor:
    mean = torch.mean(torch.square(x), [-1], True)
    return torch.mul_(torch.div(x, torch.sqrt(torch.add(mean, eps))), gain)
  def rotate_halves(self: __torch__.Aten,
    x: Tensor,
    cos: Tensor,
    sin: Tensor) -> Tensor:
    rotated = torch.mul(x, cos)
    a, b, = torch.chunk(x, 2, -1)
    first, second, = torch.chunk(rotated, 2, -1)
    sin_first, sin_second, = torch.chunk(sin, 2, -1)
    _0 = torch.sub_(first, torch.mul(b, sin_first))
    _1 = torch.add_(second, torch.mul(a, sin_second))
    return rotated
  def causal_mask(self: __torch__.Aten,
    like: Tensor,
    first: int,
    positions: int,
    visible: int) -> Tensor:
    hidden = torch.new_full(like, [torch.sub(positions, first), positions], -inf)
    later = torch.triu(hidden, torch.add(first, 1))
    if torch.lt(visible, positions):
      mask = torch.add(later, torch.tril(hidden, torch.sub(first, visible)))
    else:
      mask = later
    return mask
  def scores(self: __torch__.Aten,
    q: Tensor,
    k: Tensor,
    scale: float,
    biases: List[Tensor]) -> Tensor:
    batch, query, heads, width, = torch.size(q)
    kv_heads = torch.size(k, 2)
    rows = torch.floordiv(torch.mul(heads, query), kv_heads)
    grouped = torch.reshape(torch.transpose(q, 1, 2), [batch, kv_heads, rows, width])
    products = torch.matmul(grouped, torch.permute(k, [0, 2, 3, 1]))
    scores = torch.mul_(torch.reshape(products, [batch, heads, query, -1]), scale)
    for i in range(torch.len(biases)):
      bias = biases[i]
      _0 = torch.add_(scores, bias)
    return scores
  def pattern(self: __torch__.Aten,
    q: Tensor,
    k: Tensor,
    scale: float,
    biases: List[Tensor]) -> Tensor:
    scores = (self).scores(q, k, scale, biases, )
    return torch._softmax(scores, -1, False, out=scores)
  def mix(self: __torch__.Aten,
    pattern: Tensor,
    v: Tensor) -> Tensor:
    batch, heads, query, key, = torch.size(pattern)
    kv_heads = torch.size(v, 2)
    rows = torch.floordiv(torch.mul(heads, query), kv_heads)
    grouped = torch.reshape(pattern, [batch, kv_heads, rows, key])
    mixed = torch.matmul(grouped, torch.transpose(v, 1, 2))
    return torch.transpose(torch.reshape(mixed, [batch, heads, query, -1]), 1, 2)
  def pack_convolution(self: __torch__.Aten,
    w: Tensor,
    rows: int) -> Tensor:
    out, inner, = torch.size(w)
    image = torch.reshape(w, [out, inner, 1, 1])
    return ops.mkldnn._reorder_convolution_weight(image, [0, 0], [1, 1], [1, 1], 1, [1, inner, rows, 1])
  def packed_convolution(self: __torch__.Aten,
    x: Tensor,
    w: Tensor,
    b: Tensor) -> Tensor:
    inner = torch.size(x, -1)
    rows = torch.floordiv(torch.numel(x), inner)
    image = torch.permute(torch.reshape(x, [1, rows, 1, inner]), [0, 3, 1, 2])
    none = annotate(List[Optional[number]], [])
    y = ops.mkldnn._convolution_pointwise(image, w, b, [0, 0], [1, 1], [1, 1], 1, "none", none, "")
    shape = torch.add(torch.slice(torch.size(x), None, -1), [torch.size(w, 0)])
    return torch.reshape(torch.permute(y, [0, 2, 3, 1]), shape)
  def attention(self: __torch__.Aten,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    scale: float,
    biases: List[Tensor]) -> Tensor:
    heads = torch.size(q, 2)
    shared = torch.floordiv(heads, torch.size(k, 2))
    if torch.gt(shared, 1):
      keys = torch.repeat_interleave(k, shared, 2)
      values = torch.repeat_interleave(v, shared, 2)
    else:
      keys = k
      values = v
    if torch.gt(torch.len(biases), 0):
      bias = biases[0]
      z = torch.scaled_dot_product_attention(torch.transpose(q, 1, 2), torch.transpose(keys, 1, 2), torch.transpose(values, 1, 2), bias, 0., False, scale=scale)
    else:
      z = torch.scaled_dot_product_attention(torch.transpose(q, 1, 2), torch.transpose(keys, 1, 2), torch.transpose(values, 1, 2), None, 0., False, scale=scale)
    return torch.transpose(z, 1, 2)
  def pack_linear(self: __torch__.Aten,
    w: Tensor,
    rows: int) -> Tensor:
    return ops.mkldnn._reorder_linear_weight(torch.contiguous(w), rows)
  def packed_linear(self: __torch__.Aten,
    x: Tensor,
    w: Tensor,
    b: Tensor) -> Tensor:
    none = annotate(List[Optional[number]], [])
    return ops.mkldnn._linear_pointwise(x, w, b, "none", none, "")
