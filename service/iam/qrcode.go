package iam

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// qrCode is the text as a PNG image.
func qrCode(text string) ([]byte, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("encode a QR code: %w", err)
	}
	const modulePixels, border = 4, 4
	size := code.Bounds().Dx() * modulePixels
	scaled, err := barcode.Scale(code, size, size)
	if err != nil {
		return nil, fmt.Errorf("scale a QR code: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, framed{scaled, border * modulePixels}); err != nil {
		return nil, fmt.Errorf("encode a PNG: %w", err)
	}
	return b.Bytes(), nil
}

// framed is a QR code with the white margin that readers need.
type framed struct {
	image.Image
	margin int
}

func (f framed) Bounds() image.Rectangle {
	b := f.Image.Bounds()
	return image.Rect(0, 0, b.Dx()+2*f.margin, b.Dy()+2*f.margin)
}

func (f framed) ColorModel() color.Model { return color.GrayModel }

func (f framed) At(x, y int) color.Color {
	p := image.Pt(x-f.margin, y-f.margin).Add(f.Image.Bounds().Min)
	if !p.In(f.Image.Bounds()) {
		return color.White
	}
	return f.Image.At(p.X, p.Y)
}
