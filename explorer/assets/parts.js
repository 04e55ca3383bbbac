/* Small parts that components share. Texts never become markup: visitors wrote some of them. */
export const element = (tag, name = "", text = "") =>
  Object.assign(document.createElement(tag), { className: name, textContent: text });

/* A paragraph; what stands between backticks is code. */
export const words = (text) => {
  const made = element("p");
  made.append(...text.split("`").map((part, number) => (number % 2 ? element("code", "", part) : part)));
  return made;
};

/* A button that looks as a link, with an icon of Streamlit's font before it. */
export const link = ({ text, about = "", icon = "", pressed }) => {
  const made = Object.assign(element("button", "link"), { type: "button", title: about, onclick: pressed });
  if (icon) made.append(Object.assign(element("span", "icon", icon), { ariaHidden: "true" }));
  made.append(text);
  return made;
};
