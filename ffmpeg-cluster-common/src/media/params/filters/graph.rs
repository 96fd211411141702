//! A filter graph as a value: chains, and labels that connect outputs to inputs.
//! It is split by the rules of a [`Chain`]:
//! quotes, backslashes and parentheses hide their contents.
//!
//! Only one chain without labels can run in pieces today.

use std::fmt;
use std::str::FromStr;

use super::chain::joined;
use super::{Chain, Filter, ONE_CHAIN, split};

/// `[a][b]overlay[c];[c]hflip`: chains of filters, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Graph(Vec<Vec<Linked>>);

/// A filter with the labels of its inputs and outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Linked {
    inputs: Vec<String>,
    filter: Filter,
    outputs: Vec<String>,
}

/// What makes a graph more than a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotAChain {
    Label(String),
    Chains,
}

impl Graph {
    /// The graph as a chain, if it is one chain without labels.
    pub(super) fn into_chain(self) -> Result<Chain, NotAChain> {
        if let Some(label) = self.labels().next() {
            return Err(NotAChain::Label(label.to_owned()));
        }
        let Ok([chain]) = <[Vec<Linked>; 1]>::try_from(self.0) else { return Err(NotAChain::Chains) };
        Chain::of(chain.into_iter().map(|linked| linked.filter)).ok_or(NotAChain::Chains)
    }

    fn labels(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().flat_map(|one| one.inputs.iter().chain(&one.outputs)).map(String::as_str)
    }
}

impl FromStr for Graph {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let chain = |text: &String| split(text, ',')?.iter().map(|filter| filter.parse()).collect();
        split(text, ';')?.iter().map(chain).collect::<Result<_, _>>().map(Self)
    }
}

impl FromStr for Linked {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = split(text, '[')?.into_iter();
        let mut filter = parts.next().unwrap_or_default().trim().to_owned();
        let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
        for part in parts {
            let (label, rest) = part.split_once(']').ok_or(ONE_CHAIN)?;
            if filter.is_empty() {
                inputs.push(label.to_owned());
                rest.trim().clone_into(&mut filter);
            } else if rest.trim().is_empty() {
                outputs.push(label.to_owned());
            } else {
                return Err(ONE_CHAIN);
            }
        }
        if split(&filter, ']')?.len() > 1 {
            return Err(ONE_CHAIN);
        }
        Ok(Self { inputs, filter: filter.parse()?, outputs })
    }
}

impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, chain) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str(";")?;
            }
            joined(f, chain, ',')?;
        }
        Ok(())
    }
}

impl fmt::Display for Linked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inputs.iter().try_for_each(|label| write!(f, "[{label}]"))?;
        self.filter.fmt(f)?;
        self.outputs.iter().try_for_each(|label| write!(f, "[{label}]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(text: &str) -> Graph {
        text.parse().unwrap_or_else(|why| panic!("{text}: {why}"))
    }

    #[test]
    fn a_graph_is_printed_in_one_form() {
        for (text, printed) in [
            ("hflip", "hflip"),
            (
                " [0:v] scale=2:2 [a] ; [a][1:v]overlay=x=1,hflip[out]",
                "[0:v]scale=2:2[a];[a][1:v]overlay=x=1,hflip[out]",
            ),
            ("split[a][b];[a]hflip[c]", "split[a][b];[a]hflip[c]"),
            ("drawtext=text='a;b[c]',vflip", "drawtext=text='a;b[c]',vflip"),
            (r"drawtext=text=a\;b\[c\]", r"drawtext=text=a\;b\[c\]"),
        ] {
            assert_eq!(graph(text).to_string(), printed);
            assert_eq!(graph(printed), graph(text), "read again, it is the same");
        }
    }

    #[test]
    fn only_one_chain_without_labels_is_a_chain() {
        assert_eq!(graph("scale=2:2, hflip").into_chain(), Ok("scale=2:2,hflip".parse().unwrap()));
        assert_eq!(graph("hflip[a]").into_chain(), Err(NotAChain::Label("a".into())));
        assert_eq!(graph("[0:v]hflip;vflip").into_chain(), Err(NotAChain::Label("0:v".into())));
        assert_eq!(graph("hflip;vflip").into_chain(), Err(NotAChain::Chains));
        assert_eq!(graph("hflip;").into_chain(), Err(NotAChain::Chains));
    }

    #[test]
    fn labels_are_closed_and_stand_before_or_behind_their_filter() {
        for text in ["[a", "a]", "hflip[a", "hflip[a]b", "[a]hf]lip", "drawtext=text='[a]"] {
            assert!(text.parse::<Graph>().is_err(), "{text}");
        }
    }
}
