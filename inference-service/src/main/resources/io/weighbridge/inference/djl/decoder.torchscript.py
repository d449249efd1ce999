class Decoder(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]

  def forward(self: __torch__.Decoder,
    x: Tensor) -> Tensor:
    return x

  # One forward pass over n tokens of some sequences. Returns logits in float32, one row for every slice that wants them.
  #   x        (n, hidden)            embeddings of the tokens, in the compute type
  #   weights  see the offsets below; a linear layer takes three places: weight, scales (empty if dense), bias (empty if none)
  #   kv       per layer keys and values together, (1, 2 * kv_heads, places, head_dim), keys first
  #   cosines, sines                  (context, head_dim) for halves, (context, head_dim / 2) for interleaved
  #   slices   per slice: token count, position of the first, first KV place of the sequence, whether logits are wanted
  #   shape    layers, heads, kv heads, head dimension, RoPE layout (0 halves, 1 interleaved), kind of layers, kind of
  #            head, whether a layer may have biases (0 no, 1 yes)
  #   numbers  norm epsilon, attention scale
  def step(self: __torch__.Decoder,
    x: Tensor,
    weights: List[Tensor],
    kv: List[Tensor],
    cosines: Tensor,
    sines: Tensor,
    slices: List[int],
    shape: List[int],
    numbers: List[float]) -> Tensor:
    layers = shape[0]
    heads = shape[1]
    kv_heads = shape[2]
    head_dim = shape[3]
    layout = shape[4]
    kind = shape[5]
    head_kind = shape[6]
    biased = shape[7]
    eps = numbers[0]
    scale = numbers[1]
    n = torch.size(x, 0)
    slice_count = torch.floordiv(torch.len(slices), 4)
    masks = annotate(List[Tensor], [])
    parts_cos = annotate(List[Tensor], [])
    parts_sin = annotate(List[Tensor], [])
    for s in range(slice_count):
      count = slices[4 * s]
      position = slices[4 * s + 1]
      parts_cos = torch.append(parts_cos, torch.narrow(cosines, 0, position, count))
      parts_sin = torch.append(parts_sin, torch.narrow(sines, 0, position, count))
      masks = torch.append(masks, self.causal_mask(x, count, position, torch.floordiv(heads, kv_heads)))
    # Values go through the rotation with angle 0, so that keys and values stay together and are stored by one copy.
    rotated = heads + kv_heads
    cos_rows = torch.unsqueeze(torch.cat(parts_cos, 0), 1)
    sin_rows = torch.unsqueeze(torch.cat(parts_sin, 0), 1)
    width = torch.size(cos_rows, 2)
    cos = torch.cat([torch.expand(cos_rows, [n, rotated, width]), torch.ones_like(torch.expand(cos_rows, [n, kv_heads, width]))], 1)
    sin = torch.cat([torch.expand(sin_rows, [n, rotated, width]), torch.zeros_like(torch.expand(sin_rows, [n, kv_heads, width]))], 1)
    if layout == 1:
      turn = torch.complex(cos, sin)
    else:
      turn = cos
    for layer in range(layers):
      at = layer * 14
      h = self.rms_norm(x, weights[at], eps)
      qkv = torch.view(self.linear(h, weights, at + 1, kind, biased), [n, rotated + kv_heads, head_dim])
      if layout == 1:
        turned = self.rotate_pairs(qkv, turn)
      else:
        turned = self.rotate_halves(qkv, cos, sin)
      q = torch.narrow(turned, 1, 0, heads)
      new_kv = torch.transpose(torch.narrow(turned, 1, heads, 2 * kv_heads), 0, 1)
      memory = kv[layer]
      if slice_count == 1:
        attended = self.attend(q, new_kv, memory, slices[1], slices[2], masks[0], scale)
      else:
        outs = annotate(List[Tensor], [])
        row = 0
        for s in range(slice_count):
          count = slices[4 * s]
          outs = torch.append(outs, self.attend(torch.narrow(q, 0, row, count), torch.narrow(new_kv, 1, row, count), memory, slices[4 * s + 1], slices[4 * s + 2], masks[s], scale))
          row = row + count
        attended = torch.cat(outs, 0)
      x = torch.add(x, self.linear(attended, weights, at + 4, kind, biased))
      h2 = self.rms_norm(x, weights[at + 7], eps)
      gate_up = self.linear(h2, weights, at + 8, kind, biased)
      inner = torch.floordiv(torch.size(gate_up, 1), 2)
      gated = torch.mul(torch.silu(torch.narrow(gate_up, 1, 0, inner)), torch.narrow(gate_up, 1, inner, inner))
      x = torch.add(x, self.linear(gated, weights, at + 11, kind, biased))
    rows = annotate(List[Tensor], [])
    row2 = 0
    for s in range(slice_count):
      row2 = row2 + slices[4 * s]
      if slices[4 * s + 3] == 1:
        rows = torch.append(rows, torch.narrow(x, 0, row2 - 1, 1))
    if torch.len(rows) == 0:
      logits = torch.narrow(x, 0, 0, 0)
    else:
      last = self.rms_norm(torch.cat(rows, 0), weights[layers * 14], eps)
      logits = torch.to(self.linear(last, weights, layers * 14 + 1, head_kind, biased), 6)
    return logits

  # Layer norm of x beside -x has mean 0 and the variance of RMS norm: one fused kernel in place of six.
  #   x (n, hidden); weight (2 * hidden), the norm's weight twice
  def rms_norm(self: __torch__.Decoder,
    x: Tensor,
    weight: Tensor,
    eps: float) -> Tensor:
    hidden = torch.size(x, 1)
    both = torch.layer_norm(torch.cat([x, torch.neg(x)], 1), [2 * hidden], weight, None, eps, False)
    return torch.narrow(both, 1, 0, hidden)

  # x (n, inputs) -> (n, outputs). Kinds: 32 dense float32; 16 dense bfloat16; 8 int8 with one bfloat16 scale a row; 4 four-bit
  # in groups of 32 with bfloat16 scales and zero points. All but 32 give bfloat16, which widens where it meets float32 again.
  def linear(self: __torch__.Decoder,
    x: Tensor,
    weights: List[Tensor],
    at: int,
    kind: int,
    biased: int) -> Tensor:
    if kind == 4:
      y = torch._weight_int4pack_mm_for_cpu(torch.to(x, 15), weights[at], 32, weights[at + 1])
    elif kind == 8:
      y = torch._weight_int8pack_mm(torch.to(x, 15), weights[at], weights[at + 1])
    elif kind == 16:
      y = torch.linear(torch.to(x, 15), weights[at], None)
    else:
      y = torch.linear(x, weights[at], None)
    if biased == 1:
      if torch.numel(weights[at + 2]) > 0:
        y = torch.add(y, weights[at + 2])
    return y

  # Pairs (i, i + half). x, cos, sin (n, heads, head_dim)
  def rotate_halves(self: __torch__.Decoder,
    x: Tensor,
    cos: Tensor,
    sin: Tensor) -> Tensor:
    half = torch.floordiv(torch.size(x, 2), 2)
    return torch.addcmul(torch.mul(x, cos), torch.to(torch.roll(x, [half], [2]), 6), sin)

  # Pairs (2i, 2i + 1) as complex numbers. x (n, heads, head_dim); turn (n, heads, head_dim / 2) complex
  def rotate_pairs(self: __torch__.Decoder,
    x: Tensor,
    turn: Tensor) -> Tensor:
    pairs = torch.view_as_complex(torch.unflatten(torch.to(x, 6), 2, [-1, 2]))
    return torch.flatten(torch.view_as_real(torch.mul(pairs, turn)), 2)

  # (group * count, position + count): 0 where a query may look, -inf where it may not; empty for a single token.
  def causal_mask(self: __torch__.Decoder,
    x: Tensor,
    count: int,
    position: int,
    group: int) -> Tensor:
    if count == 1:
      mask = torch.narrow(x, 0, 0, 0)
    else:
      full = torch.full_like(torch.expand(torch.narrow(torch.narrow(x, 0, 0, 1), 1, 0, 1), [count, position + count]), -inf)
      mask = torch.repeat(torch.triu(full, position + 1), [group, 1])
    return mask

  # Stores the new keys and values, then attends to all of the sequence so far.
  #   q (count, heads, head_dim); new_kv (2 * kv_heads, count, head_dim); memory (1, 2 * kv_heads, places, head_dim)
  #   -> (count, heads * head_dim)
  # The heads that share a key head become further query rows of it, so that keys are never repeated.
  def attend(self: __torch__.Decoder,
    q: Tensor,
    new_kv: Tensor,
    memory: Tensor,
    position: int,
    start: int,
    mask: Tensor,
    scale: float) -> Tensor:
    count = torch.size(q, 0)
    heads = torch.size(q, 1)
    head_dim = torch.size(q, 2)
    kv_heads = torch.floordiv(torch.size(new_kv, 0), 2)
    group = torch.floordiv(heads, kv_heads)
    _0 = torch.copy_(torch.narrow(memory, 2, start + position, count), new_kv)
    past = torch.narrow(memory, 2, start, position + count)
    k = torch.narrow(past, 1, 0, kv_heads)
    v = torch.narrow(past, 1, kv_heads, kv_heads)
    if count == 1:
      out = torch.scaled_dot_product_attention(torch.reshape(q, [1, kv_heads, group, head_dim]), k, v, None, 0., False, scale=scale)
      y = torch.reshape(out, [1, heads * head_dim])
    else:
      rows = torch.reshape(torch.permute(torch.reshape(q, [count, kv_heads, group, head_dim]), [1, 2, 0, 3]), [1, kv_heads, group * count, head_dim])
      out2 = torch.scaled_dot_product_attention(rows, k, v, mask, 0., False, scale=scale)
      y = torch.reshape(torch.permute(torch.reshape(out2, [kv_heads, group, count, head_dim]), [2, 0, 1, 3]), [count, heads * head_dim])
    return y

  # Float32 values in another compute type: 6 float32, 15 bfloat16.
  def cast(self: __torch__.Decoder,
    x: Tensor,
    dtype: int) -> Tensor:
    return torch.to(x, dtype)

  def join(self: __torch__.Decoder,
    parts: List[Tensor],
    dimension: int) -> Tensor:
    return torch.cat(parts, dimension)

  # values (rows, columns) float32 -> int8 weight, one scale a row
  def pack_int8(self: __torch__.Decoder,
    values: Tensor) -> List[Tensor]:
    scales = torch.clamp_min(torch.div(torch.amax(torch.abs(values), [1]), 127.), 1.0e-12)
    q = torch.to(torch.clamp(torch.round(torch.div(values, torch.unsqueeze(scales, 1))), -127, 127), 1)
    return [q, torch.to(scales, 15)]

  # values (rows, columns) float32 -> nibbles (rows, columns) int32 in 0..15, scales and minima (rows, columns / 32):
  # value = scale * nibble + minimum
  def nibbles_of_values(self: __torch__.Decoder,
    values: Tensor) -> List[Tensor]:
    rows = torch.size(values, 0)
    columns = torch.size(values, 1)
    groups = torch.view(values, [rows, torch.floordiv(columns, 32), 32])
    low = torch.amin(groups, [2])
    high = torch.amax(groups, [2])
    scale = torch.clamp_min(torch.div(torch.sub(high, low), 15.), 1.0e-12)
    q = torch.clamp(torch.round(torch.div(torch.sub(groups, torch.unsqueeze(low, 2)), torch.unsqueeze(scale, 2))), 0, 15)
    return [torch.view(torch.to(q, 3), [rows, columns]), scale, low]

  # Q4_0 (18 bytes: scale, nibbles) and Q4_1 (20 bytes: scale, minimum, nibbles) blocks as they lie in the file; exact.
  #   raw (rows, columns / 32, bytes) uint8 -> as above
  def nibbles_of_blocks(self: __torch__.Decoder,
    raw: Tensor) -> List[Tensor]:
    rows = torch.size(raw, 0)
    blocks = torch.size(raw, 1)
    bytes = torch.size(raw, 2)
    scale = torch.view(torch.to(torch.view_copy(torch.contiguous(torch.narrow(raw, 2, 0, 2)), 5), 6), [rows, blocks])
    if bytes == 20:
      low = torch.view(torch.to(torch.view_copy(torch.contiguous(torch.narrow(raw, 2, 2, 2)), 5), 6), [rows, blocks])
    else:
      low = torch.mul(scale, -8.)
    nibbles = torch.to(torch.narrow(raw, 2, bytes - 16, 16), 3)
    q = torch.cat([torch.bitwise_and(nibbles, 15), torch.bitwise_right_shift(nibbles, 4)], 2)
    return [torch.view(q, [rows, blocks * 32]), scale, low]

  # Rows of nibbles, scales and minima, in turn -> what the four-bit kernel reads: packed weights, and scales with zero points
  # (columns / 32, rows, 2). The kernel's value is scale * (nibble - 8) + zero.
  def pack_int4(self: __torch__.Decoder,
    parts: List[Tensor]) -> List[Tensor]:
    qs = annotate(List[Tensor], [])
    scales = annotate(List[Tensor], [])
    lows = annotate(List[Tensor], [])
    for i in range(torch.floordiv(torch.len(parts), 3)):
      qs = torch.append(qs, parts[3 * i])
      scales = torch.append(scales, parts[3 * i + 1])
      lows = torch.append(lows, parts[3 * i + 2])
    scale = torch.cat(scales, 0)
    zero = torch.add(torch.cat(lows, 0), torch.mul(scale, 8.))
    both = torch.to(torch.contiguous(torch.transpose(torch.stack([scale, zero], 2), 0, 1)), 15)
    return [torch._convert_weight_to_int4pack_for_cpu(torch.cat(qs, 0), 2), both]
