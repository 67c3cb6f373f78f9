// The website's colour in the frame, as far as it stays readable.

const light = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);

function contrast(a, b) {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
}

const parse = (hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
const css = (rgb) => "rgb(" + rgb.map(Math.round).join(" ") + ")";

// until moves a colour towards another, to the first step that is readable on
// a third.
function until(rgb, towards, on, ratio) {
  for (let i = 0; i <= 20; i++) {
    const mixed = rgb.map((c, n) => c + ((towards[n] - c) * i) / 20);
    if (contrast(mixed, on) >= ratio) return mixed;
  }
  return towards;
}

// tint colours the page with six hexadecimal digits; it ignores anything else.
export function tint(hex) {
  if (!/^[0-9a-f]{6}$/i.test(hex ?? "")) return;
  const brand = parse(hex), dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const set = document.documentElement.style;
    set.setProperty("--brand", css(until(brand, [0, 0, 0], [255, 255, 255], 4.6)));
    // Words in that colour stand on the palest and on the lightest dark ground.
    set.setProperty("--brand-strong", css(dark.matches ? until(brand, [255, 255, 255], [30, 42, 40], 7) : until(brand, [0, 0, 0], [227, 237, 231], 4.8)));
  };
  dark.addEventListener("change", paint);
  paint();
}
