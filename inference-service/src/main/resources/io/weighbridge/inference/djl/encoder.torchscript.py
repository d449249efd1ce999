class Encoder(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]

  def forward(self: __torch__.Encoder,
    x: Tensor) -> Tensor:
    return x

  # One pass over n tokens of some inputs, which lie one after the other without padding, those of one length together. Returns the
  # tokens' vectors (n, hidden) in float32.
  #   x        (n, hidden)           sums of the embeddings of tokens, positions and token types
  #   weights  embedding norm (weight, bias), then for each layer the places named at the head of `layer`; a linear layer takes three
  #            (weight, scales, bias), a norm two (weight, bias)
  #   biases   per run: what is added to attention scores, (1, heads, length, length), or empty
  #   runs     per run of inputs of one length: their number, their length
  #   shape    layers, heads, kind of linear layers (see linear), activation (0 SiLU, 1 GELU with tanh, 2 GELU with the error function, 3 ReLU)
  def encode(self: __torch__.Encoder,
    x: Tensor,
    weights: List[Tensor],
    biases: List[Tensor],
    runs: List[int],
    shape: List[int],
    epsilon: float) -> Tensor:
    size = torch.size(x, 1)
    h = torch.layer_norm(x, [size], weights[0], weights[1], epsilon, False)
    for index in range(shape[0]):
      h = self.layer(h, weights, 2 + 16 * index, biases, runs, shape, epsilon)
    return h

  # One block: x (n, hidden) -> the same. Places of its weights from `at` on:
  #   0 query, key and value together   3 output   6 attention norm   8 up   11 down   14 feed-forward norm
  def layer(self: __torch__.Encoder,
    x: Tensor,
    weights: List[Tensor],
    at: int,
    biases: List[Tensor],
    runs: List[int],
    shape: List[int],
    epsilon: float) -> Tensor:
    heads = shape[1]
    kind = shape[2]
    activation = shape[3]
    size = torch.size(x, 1)
    qkv = torch.to(self.linear(x, weights, at, kind), 6)
    outs = annotate(List[Tensor], [])
    row = 0
    for r in range(torch.floordiv(torch.len(runs), 2)):
      count = runs[2 * r]
      length = runs[2 * r + 1]
      outs = torch.append(outs, self.attend(torch.narrow(qkv, 0, row, count * length), count, length, heads, biases[r]))
      row = row + count * length
    attended = torch.cat(outs, 0)
    a = torch.add(x, self.linear(attended, weights, at + 3, kind))
    y = torch.layer_norm(a, [size], weights[at + 6], weights[at + 7], epsilon, False)
    up = self.linear(y, weights, at + 8, kind)
    if activation == 0:
      active = torch.silu(up)
    elif activation == 1:
      active = torch.gelu(up, approximate="tanh")
    elif activation == 2:
      active = torch.gelu(up)
    else:
      active = torch.relu(up)
    f = torch.add(y, self.linear(active, weights, at + 11, kind))
    return torch.layer_norm(f, [size], weights[at + 14], weights[at + 15], epsilon, False)

  # qkv (count * length, 3 * hidden) -> (count * length, hidden)
  def attend(self: __torch__.Encoder,
    qkv: Tensor,
    count: int,
    length: int,
    heads: int,
    bias: Tensor) -> Tensor:
    hidden = torch.floordiv(torch.size(qkv, 1), 3)
    parts = torch.permute(torch.reshape(qkv, [count, length, 3, heads, torch.floordiv(hidden, heads)]), [2, 0, 3, 1, 4])
    q = torch.select(parts, 0, 0)
    k = torch.select(parts, 0, 1)
    v = torch.select(parts, 0, 2)
    if torch.numel(bias) == 0:
      out = torch.scaled_dot_product_attention(q, k, v, None, 0., False)
    else:
      out = torch.scaled_dot_product_attention(q, k, v, bias, 0., False)
    return torch.reshape(torch.permute(out, [0, 2, 1, 3]), [count * length, hidden])

  # x (n, inputs) -> (n, outputs) in float32. Kinds: 32 dense float32; 16 dense bfloat16; 8 int8 with one bfloat16 scale a row.
  def linear(self: __torch__.Encoder,
    x: Tensor,
    weights: List[Tensor],
    at: int,
    kind: int) -> Tensor:
    if kind == 8:
      missing = torch.size(weights[at], 1) - torch.size(x, 1)
      if missing > 0:
        x = torch.constant_pad_nd(x, [0, missing], 0)
      y = torch._weight_int8pack_mm(torch.to(x, 15), weights[at], weights[at + 1])
    elif kind == 16:
      y = torch.linear(torch.to(x, 15), weights[at], None)
    else:
      y = torch.linear(torch.to(x, 6), weights[at], None)
    return torch.add(y, weights[at + 2])

  # Float32 values in another compute type: 6 float32, 15 bfloat16.
  def cast(self: __torch__.Encoder,
    x: Tensor,
    dtype: int) -> Tensor:
    return torch.to(x, dtype)

  def join(self: __torch__.Encoder,
    parts: List[Tensor],
    dimension: int) -> Tensor:
    return torch.cat(parts, dimension)

  # values (rows, columns) float32 -> int8 weight, one scale a row. The kernel reads past rows that are no multiple of 32 long, so
  # they are padded with zeros.
  def pack_int8(self: __torch__.Encoder,
    values: Tensor) -> List[Tensor]:
    scales = torch.clamp_min(torch.div(torch.amax(torch.abs(values), [1]), 127.), 1.0e-12)
    q = torch.to(torch.clamp(torch.round(torch.div(values, torch.unsqueeze(scales, 1))), -127, 127), 1)
    rest = torch.floordiv(torch.size(values, 1) + 31, 32) * 32 - torch.size(values, 1)
    if rest > 0:
      q = torch.constant_pad_nd(q, [0, rest], 0)
    return [torch.contiguous(q), torch.to(scales, 15)]
