package io.weighbridge.engine.decoder;

/** What a checkpoint holds, understood: the shape and the tensors that go with it. */
public record Decoder(DecoderSpec spec, DecoderTensors tensors) {}
